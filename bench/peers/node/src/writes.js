// What an acceptance writes, and what must still hold for it: the parts of its one transaction.

import { sharesOf } from "./bodies.js";
import * as keys from "./keys.js";

const NOTIFIED_FOR = 90 * 24 * 60 * 60 * 1000;
const ABSENT = { ConditionExpression: "attribute_not_exists(PK)" };

const put = (key, entity, attributes, condition = ABSENT) => ({
  Put: { Item: { ...key, ...attributes, entity, v: 1 }, ...condition },
});

function episodes(connection, customerId, invitation, now) {
  const partnerId = invitation.account.accountId;
  const episode = {
    partner: partnerId,
    customer: customerId,
    connectionId: connection.id,
    episode: connection.ep,
    connectedAt: keys.instant(now),
    shares: connection.sh,
    shown: invitation.shown,
  };
  const customerKey = keys.customerEpisode(partnerId, customerId, connection.ep);
  const partnerKey = keys.partnerEpisode(customerId, partnerId, connection.ep);
  return [
    put(customerKey, "customer-episode", episode),
    put(partnerKey, "partner-episode", episode),
  ];
}

function sides(connection, past, customer, invitation, now) {
  const { id, ep, sh, at, bg } = connection;
  const customerId = customer.account.accountId;
  const partnerId = invitation.account.accountId;
  const customerItem = {
    id,
    ep,
    sh,
    at,
    n: customer.account.displayName,
    on: customer.organization.name ?? undefined,
    og: customer.account.orgId,
    cr: customer.account.rev,
    rf: past?.rf,
    tg: past?.tg,
    r: 1,
  };
  const og = invitation.account.orgId;
  const partnerItem = { id, ep, sh, at, og, bg, r: 1, ...keys.due(customerId, now) };
  return [
    put(keys.customer(partnerId, customerId), "customer", customerItem),
    put(keys.partner(customerId, partnerId), "partner", partnerItem),
  ];
}

function noPast(past, customerId, partnerId) {
  const Key = keys.pastCustomer(partnerId, customerId);
  if (past === undefined) {
    return [{ Delete: { Key, ...ABSENT } }];
  }
  const ConditionExpression = "attribute_exists(PK) AND ep = :ep";
  const ExpressionAttributeValues = { ":ep": past.ep };
  return [
    { Delete: { Key, ConditionExpression, ExpressionAttributeValues } },
    { Delete: { Key: keys.pastPartner(customerId, partnerId) } },
  ];
}

/** Entries in the trails of both sides: with the person on the one that acted, and not on the other. */
function audits(connection, customer, partnerId, now) {
  const customerId = customer.account.accountId;
  const entry = (accountId, actor, changes) => {
    const auditId = keys.mint("aud_", now);
    const attributes = {
      auditId,
      accountId,
      at: keys.instant(now),
      action: "connection-created",
      actor,
      target: { type: "connection", id: connection.id },
      changes,
    };
    return put(keys.audit(accountId, now, auditId), "audit", attributes, {});
  };
  const { adminId, email } = customer.administrator;
  const shares = { from: null, to: sharesOf(connection.sh).join(" ") };
  const person = { kind: "administrator", adminId, email };
  return [
    entry(customerId, person, { partner: { from: null, to: partnerId }, shares }),
    entry(partnerId, { kind: "customer", accountId: customerId }, { shares }),
  ];
}

function notice(connection, customer, partnerId, now) {
  const { accountId, displayName } = customer.account;
  const notificationId = keys.mint("ntf_", now);
  const attributes = {
    notificationId,
    accountId: partnerId,
    severity: "information",
    source: "connections",
    code: "connection-created",
    title: { ja: "顧客と接続しました", en: "Customer connected" },
    message: {
      ja: `${displayName} が招待を承諾しました。顧客ダッシュボードに表示されます。`,
      en: `${displayName} accepted your invitation and is now on your customer dashboard.`,
    },
    visibility: "account",
    related: { type: "connection", id: connection.id, counterpart: { accountId, displayName } },
    createdAt: keys.instant(now),
    ttl: keys.seconds(new Date(now.getTime() + NOTIFIED_FOR)),
  };
  return put(keys.notification(partnerId, notificationId), "notification", attributes);
}

/** An episode begins on both sides, and both are told. */
export function beginEpisode(connection, past, customer, invitation, now) {
  const customerId = customer.account.accountId;
  const partnerId = invitation.account.accountId;
  return [
    ...sides(connection, past, customer, invitation, now),
    ...episodes(connection, customerId, invitation, now),
    ...noPast(past, customerId, partnerId),
    ...audits(connection, customer, partnerId, now),
    notice(connection, customer, partnerId, now),
  ];
}

/** Both accounts and both organizations are as they were read. */
export function checkUnchanged(customer, invitation) {
  const unchanged = (Key, rev) => ({
    ConditionCheck: {
      Key,
      ConditionExpression: "attribute_exists(PK) AND rev = :rev",
      ExpressionAttributeValues: { ":rev": rev },
    },
  });
  const organizations = [invitation.organization, customer.organization];
  // Where both sides are of one organization it is named once, as DynamoDB demands.
  const once = new Map(organizations.map((one) => [one.orgId, one]));
  return [
    unchanged(keys.account(invitation.account.accountId), invitation.account.rev),
    unchanged(keys.account(customer.account.accountId), customer.account.rev),
    ...[...once.values()].map((one) => unchanged(keys.organization(one.orgId), one.rev)),
  ];
}

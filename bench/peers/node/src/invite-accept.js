// Accepts an invitation: one transaction that connects both sides.

import { admit, badgesOf } from "./admit.js";
import { bitsOf, connectionBody, party, SHARES } from "./bodies.js";
import { json, Problem, serve } from "./edge.js";
import * as keys from "./keys.js";
import { begin, claimOf, readBody } from "./once.js";
import { batchGet, get, transact, untilSettled } from "./table.js";
import { beginEpisode, checkUnchanged } from "./writes.js";

const MOST_A_DAY = 20;

/** The token of the link: 32 bytes of base64url. */
function checkToken(token) {
  if (!/^[A-Za-z0-9_-]{43}$/.test(token)) {
    throw new Problem("not-found");
  }
}

/** What the link leads to, as the table says now. */
async function invitationOf(partnerId, now) {
  const account = await get(keys.account(partnerId), "account");
  const organization = await get(keys.organization(account.orgId), "organization");
  const badges = badgesOf(organization, now);
  const shown = {
    displayName: account.displayName,
    organizationName: organization.name ?? null,
    orgId: account.orgId,
    country: account.country,
    programs: badges.map((badge) => badge.program),
  };
  return { account, organization, badges, shown };
}

/** A mark of exactly what the link shows. */
function versionOf(shown) {
  const fields = [shown.displayName, shown.organizationName ?? "", shown.country];
  const text = [...fields.map((field) => `${field}\0`), shown.orgId, ...shown.programs, ...SHARES];
  const digest = Buffer.from(keys.digest(text.join("")), "base64url");
  return digest.subarray(0, 12).toString("base64url");
}

const dayOf = (at, timeZone) => new Intl.DateTimeFormat("en-CA", { timeZone }).format(at);

/** The connection that this acceptance begins. */
function beginning(past, customer, sh, now) {
  const day = dayOf(now, customer.account.timeZone);
  const before = past?.bg.day === day ? past.bg.count : 0;
  if (before >= MOST_A_DAY) {
    throw new Problem("rate-limited");
  }
  const id = past?.id ?? keys.mint("con_", now);
  return { id, ep: (past?.ep ?? 0) + 1, sh, at: now.getTime(), bg: { day, count: before + 1 } };
}

async function isBlocked(partnerId, customerId, past) {
  const key = keys.blocked(partnerId, customerId);
  return past !== undefined && (await get(key, "blocked-customer")) !== undefined;
}

/** One attempt: the answer, or nothing where what was read no longer stands. */
async function acceptOnce(request, accept, claim, customer, invitation) {
  const customerId = customer.account.accountId;
  const partnerId = invitation.account.accountId;
  const partnerKey = keys.partner(customerId, partnerId);
  const pastKey = keys.pastCustomer(partnerId, customerId);
  const read = await batchGet([partnerKey, pastKey]);
  const answerOf = (item) => {
    const partner = party(invitation.account, invitation.organization);
    const other = party(customer.account, customer.organization);
    const body = connectionBody(item, partner, invitation.badges, other, request.language);
    return JSON.stringify(body);
  };
  const connected = read(partnerKey, "partner");
  if (connected !== undefined) {
    const body = answerOf(connected);
    if (claim !== undefined) {
      const failed = await transact([
        claim.record(200, body, request.now),
        {
          ConditionCheck: {
            Key: partnerKey,
            ConditionExpression: "attribute_exists(PK) AND ep = :ep",
            ExpressionAttributeValues: { ":ep": connected.ep },
          },
        },
      ]);
      if (failed.length > 0) {
        return failed.includes(0) ? claim.again() : undefined;
      }
    }
    return json(200, body);
  }
  const past = read(pastKey, "past-customer");
  const unavailable = invitation.badges.length === 0 || invitation.account.status !== "active";
  if ((await isBlocked(partnerId, customerId, past)) || unavailable) {
    throw new Problem("partner-not-available");
  }
  if (accept.version !== undefined && accept.version !== versionOf(invitation.shown)) {
    throw new Problem("invitation-changed");
  }
  const shares = bitsOf(accept.shares ?? SHARES);
  const connection = beginning(past, customer, shares, request.now);
  const body = answerOf(connection);
  const actions = [
    ...(claim === undefined ? [] : [claim.record(201, body, request.now)]),
    ...beginEpisode(connection, past, customer, invitation, request.now),
    ...checkUnchanged(customer, invitation),
  ];
  const failed = await transact(actions);
  if (failed.length === 0) {
    return json(201, body);
  }
  return claim !== undefined && failed.includes(0) ? claim.again() : undefined;
}

async function acceptInvitation(request) {
  checkToken(request.path.token);
  const accept = readBody(request);
  const accountId = accept.accountId;
  const permission = { permission: "connections.manage" };
  let customer = await admit(request, accountId, permission);
  const claim = await claimOf(request, accept);
  const replayed = claim && (await begin(claim, request.now));
  if (replayed !== undefined) {
    return replayed;
  }
  const token = await get(keys.inviteToken(request.path.token), "invite-token");
  if (token === undefined) {
    throw new Problem("not-found");
  }
  let invitation = await invitationOf(token.partner, request.now);
  if (token.partner === accountId) {
    throw new Problem("self-connection");
  }
  let isFirst = true;
  return untilSettled(async () => {
    if (!isFirst) {
      invitation = await invitationOf(token.partner, request.now);
      customer = await admit(request, accountId, permission);
    }
    isFirst = false;
    return acceptOnce(request, accept, claim, customer, invitation);
  });
}

export const handler = serve("POST /v1/invitations/{token}/accept", acceptInvitation);

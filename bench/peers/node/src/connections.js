// Reads one connection: a customer as its partner's dashboard shows it.

import { admit } from "./admit.js";
import { connectionBody, party, sharesOf } from "./bodies.js";
import { edgeKeys, json, Problem, serve } from "./edge.js";
import * as keys from "./keys.js";
import { get } from "./table.js";

/** The figures as the partner may see them: what is not shared or not known is `null`. */
function summaryOf(item, customerId, run) {
  const { sm } = item;
  const shares = sharesOf(item.sh);
  const shown = (share, part) => (shares.includes(share) ? (part ?? null) : null);
  const named = (list, names) =>
    list && Object.fromEntries(names.map((name, place) => [name, list[place]]));
  const behind = run?.behind?.[customerId];
  const asOf = behind !== undefined ? behind : run && keys.instant(new Date(run.asOf));
  return {
    services: shown("licenses", sm?.s),
    purchased: shown("licenses", sm?.p),
    assigned: shown("licenses", sm?.a),
    overage: shown("licenses", sm?.o),
    maxUtilization: shown("licenses", sm?.u),
    nextExpiry: shown("entitlements", sm?.x),
    expiringWithin90Days: shown("entitlements", sm?.e),
    openTickets: shown("tickets", named(sm?.t, ["total", "critical"])),
    activeNotifications: shown(
      "notifications",
      named(sm?.n, ["total", "error", "warning", "information"]),
    ),
    trials: shown("entitlements", named(sm?.r, ["active", "pending", "expired"])),
    asOf: shown("licenses", sm && asOf),
  };
}

const informationOf = (account) => ({
  country: account.country,
  timeZone: account.timeZone,
  address: account.address,
  contact: account.contact,
  createdAt: account.createdAt,
});

/** A keyed hash of what is shown, less what follows from other resources. */
async function tagOf(body) {
  const { summary: _, account: __, partner, ...stable } = body;
  const { badges: ___, ...party } = partner;
  return `"${keys.keyedJson((await edgeKeys()).etag, { ...stable, partner: party })}"`;
}

async function getCustomer(request) {
  const { partner: partnerId, customer: customerId } = request.path;
  if (!keys.isAccount(partnerId)) {
    throw new Problem("not-found");
  }
  const admitted = await admit(request, partnerId, {
    permission: "customer-dashboard.view",
    badge: true,
    customer: keys.isAccount(customerId) ? customerId : undefined,
  });
  const item = admitted.customer;
  request.told = { account: partnerId, customer: customerId, reads: "account" };
  const note = await get(keys.note(partnerId, customerId), "note");
  const isShared = sharesOf(item.sh).includes("account");
  const account = isShared ? await get(keys.account(customerId), "account") : undefined;
  const run = await get(keys.LAST_RUN, "run");
  const partner = party(admitted.account, admitted.organization);
  const customer = {
    accountId: customerId,
    displayName: item.n,
    organizationName: item.on ?? null,
    orgId: item.og,
  };
  const body = {
    ...connectionBody(item, partner, admitted.badges, customer, request.language),
    reference: item.rf ?? null,
    tags: item.tg ?? [],
    summary: summaryOf(item, customerId, run),
    note: note?.note ?? null,
    account: account ? informationOf(account) : null,
  };
  return json(200, JSON.stringify(body), { etag: await tagOf(body) });
}

export const handler = serve("GET /v1/accounts/{partner}/customers/{customer}", getCustomer);

// The permission check: what the table says of a caller, in one strongly consistent round trip.

import { Problem } from "./edge.js";
import * as keys from "./keys.js";
import { batchGet, get } from "./table.js";

const MOST_REMEMBERED = 10_000;
// An account's ORGID never changes, so an environment may remember it.
const organizations = new Map();

const PROGRAMS = {
  CSA: { en: "Solution Advisor", ja: "ソリューションアドバイザー" },
  CSP: { en: "Service Provider", ja: "サービスプロバイダー" },
};

/** The badges of an organization at an instant. */
export function badgesOf(organization, now) {
  const at = now.getTime();
  const badges = [];
  for (const program of Object.keys(PROGRAMS)) {
    const membership = organization.memberships[program];
    if (membership?.status !== "active") {
      continue;
    }
    const { from, until } = membership.window;
    const inside = (!from || Date.parse(from) <= at) && (!until || at < Date.parse(until));
    const begun = [membership.activatedAt, from].filter(Boolean).map(Date.parse);
    if (inside && begun.length > 0) {
      badges.push({ program, since: keys.instant(new Date(Math.max(...begun))) });
    }
  }
  return badges;
}

/** The badges as they are shown. */
export const shownBadges = (badges, language) =>
  badges.map(({ program, since }) => ({ program, name: PROGRAMS[program][language], since }));

async function organizationOf(account, read) {
  const key = keys.organization(account.orgId);
  let organization = read(key, "organization");
  if (organization === undefined) {
    organization = await get(key, "organization");
    if (organizations.size >= MOST_REMEMBERED) {
      organizations.clear();
    }
    organizations.set(account.accountId, account.orgId);
  }
  if (organization === undefined) {
    throw new Error("an account without its organization");
  }
  return organization;
}

/**
 * Admits a caller to an account and, where `demand.customer` names one, to a connected customer.
 * Refusals come in the order that the contract fixes.
 */
export async function admit(request, accountId, demand) {
  const accountKey = keys.account(accountId);
  const administratorKey = keys.administrator(accountId, request.subject);
  const customerKey = demand.customer && keys.customer(accountId, demand.customer);
  const org = organizations.get(accountId);
  const wanted = [accountKey, administratorKey, customerKey, org && keys.organization(org)];
  const read = await batchGet(wanted.filter(Boolean));
  const account = read(accountKey, "account");
  const administrator = account && read(administratorKey, "administrator");
  if (administrator === undefined) {
    throw new Problem("not-found");
  }
  const organization = await organizationOf(account, read);
  const { access } = administrator;
  if (access !== "full" && !access.custom.includes(demand.permission)) {
    throw new Problem("permission-missing", { permission: demand.permission });
  }
  if (account.status === "suspended") {
    throw new Problem("account-suspended");
  }
  const badges = badgesOf(organization, request.now);
  if (demand.badge && badges.length === 0) {
    throw new Problem("partner-badge-required");
  }
  const customer = customerKey && read(customerKey, "customer");
  if ("customer" in demand && (customer === undefined || customer.su)) {
    throw new Problem("not-found");
  }
  return { account, administrator, organization, badges, customer };
}

// The connection as both sides are shown it.

import { shownBadges } from "./admit.js";
import { instant } from "./keys.js";

/** In the order of the bits that the table keeps. */
export const SHARES = [
  "account",
  "orders",
  "entitlements",
  "licenses",
  "tickets",
  "notifications",
  "federation",
];

export const sharesOf = (bits) => SHARES.filter((_, place) => bits & (1 << place));
export const bitsOf = (shares) =>
  SHARES.reduce((bits, share, place) => bits | (shares.includes(share) ? 1 << place : 0), 0);

export const party = (account, organization) => ({
  accountId: account.accountId,
  displayName: account.displayName,
  organizationName: organization.name ?? null,
  orgId: account.orgId,
});

/** `item` is an active connection, from whichever side. */
export const connectionBody = (item, partner, badges, customer, language) => ({
  connectionId: item.id,
  partner: { ...partner, badges: shownBadges(badges, language) },
  customer,
  state: "active",
  episode: item.ep,
  shares: sharesOf(item.sh),
  connectedAt: instant(new Date(item.at)),
  endedAt: null,
  endedBy: null,
});

// Ids, digests, and every key of the table that the two jobs need.

import { createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}";
const ACCOUNT = new RegExp(`^acc_${ULID}$`);

export const isAccount = (text) => typeof text === "string" && ACCOUNT.test(text);

/** A prefixed ULID minted at an instant. */
export function mint(prefix, at) {
  let number = (BigInt(at.getTime()) << 80n) | BigInt(`0x${randomBytes(10).toString("hex")}`);
  let text = "";
  for (let place = 0; place < 26; place += 1) {
    text = CROCKFORD[Number(number & 31n)] + text;
    number >>= 5n;
  }
  return prefix + text;
}

const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
};

export const digest = (...parts) => sha256(...parts).toString("base64url");

/** Who a token speaks for; the length keeps two spellings of one concatenation apart. */
export function subjectOf(issuer, subject) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(Buffer.byteLength(issuer)));
  return digest(length, issuer, subject);
}

export const keyed = (key, text) => createHmac("sha256", key).update(text).digest("base64url");

export const derive = (secret, purpose) =>
  Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), purpose, 32));

function sorted(value) {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name])]));
}

/** A keyed digest of JSON: two spellings of one value have one digest. */
export const keyedJson = (key, value) => keyed(key, JSON.stringify(sorted(value)));

/** RFC 3339 as short as it can be: no fraction where it is zero. */
export const instant = (at) => at.toISOString().replace(".000Z", "Z");
export const seconds = (at) => Math.floor(at.getTime() / 1000);

export const account = (id) => ({ PK: `A#${id}`, SK: "PROFILE" });
export const organization = (id) => ({ PK: `ORG#${id}`, SK: "PROGRAMS" });
export const administrator = (id, subject) => ({ PK: `A#${id}`, SK: `ADMIN#S#${subject}` });
export const inviteToken = (token) => ({ PK: `INVITE#${digest(token)}`, SK: "INVITE" });
export const customer = (partner, id) => ({ PK: `A#${partner}`, SK: `CUST#${id}` });
export const partner = (id, partnerId) => ({ PK: `A#${id}`, SK: `PARTNER#${partnerId}` });
export const note = (partnerId, id) => ({ PK: `A#${partnerId}`, SK: `NOTE#${id}` });
export const pastCustomer = (partnerId, id) => ({ PK: `A#${partnerId}`, SK: `PAST#${id}` });
export const pastPartner = (id, partnerId) => ({ PK: `A#${id}`, SK: `PASTPARTNER#${partnerId}` });
export const blocked = (partnerId, id) => ({ PK: `A#${partnerId}`, SK: `BLOCKED#${id}` });
export const notification = (id, ntf) => ({ PK: `A#${id}`, SK: `NTF#${ntf}` });
export const audit = (id, at, aud) => ({
  PK: `AUDIT#${id}#${at.toISOString().slice(0, 7)}`,
  SK: aud,
});
export const answer = (caller, route, keyDigest) => ({
  PK: `IDEM#${caller}#${route}`,
  SK: `-#${keyDigest}`,
});
export const customerEpisode = (partnerId, id, no) => ({
  PK: `A#${partnerId}`,
  SK: `EPISODE#${id}#${String(no).padStart(8, "0")}`,
});
export const partnerEpisode = (id, partnerId, no) => ({
  PK: `A#${id}`,
  SK: `EPISODEWITH#${partnerId}#${String(no).padStart(8, "0")}`,
});
export const EDGE_SECRET = { PK: "KEYS", SK: "edge" };
export const LAST_RUN = { PK: "RUN", SK: "usage-aggregation" };

/** Where the scheduled run finds what turns at an instant: one of eight shards. */
export const due = (id, at) => ({
  GSI2PK: `DUE#${sha256(id)[0] % 8}`,
  GSI2SK: `${at.toISOString().slice(0, 19)}Z`,
});

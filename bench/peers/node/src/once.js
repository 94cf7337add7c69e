// The body of a creating request, and `Idempotency-Key`: asking again creates nothing twice.

import { timingSafeEqual } from "node:crypto";
import { SHARES } from "./bodies.js";
import { edgeKeys, json, Problem } from "./edge.js";
import * as keys from "./keys.js";
import { get } from "./table.js";

const KEPT_FOR = 24 * 60 * 60 * 1000;
const LARGEST_BODY = 256 * 1024;

/** The body: an account, and perhaps shares and a version. */
export function readBody({ headers, event }) {
  const [type] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw new Problem("unsupported-media-type");
  }
  const encoding = event.isBase64Encoded ? "base64" : "utf8";
  const text = Buffer.from(event.body ?? "", encoding).toString();
  let body;
  try {
    body = JSON.parse(text.slice(0, LARGEST_BODY + 1));
  } catch {
    throw new Problem("malformed-request");
  }
  const known = ["accountId", "shares", "version"];
  const { accountId, shares, version } = body ?? {};
  const isValid =
    Object.keys(body ?? {}).every((name) => known.includes(name)) &&
    keys.isAccount(accountId) &&
    (shares == null || (Array.isArray(shares) && shares.every((one) => SHARES.includes(one)))) &&
    (version == null || typeof version === "string");
  if (!isValid) {
    throw new Problem("validation-failed");
  }
  return { sent: body, accountId, shares: shares ?? undefined, version: version ?? undefined };
}

/** The key under which a request is made once; `undefined` where the caller chose none. */
export async function claimOf(request, { sent }) {
  const key = request.headers["idempotency-key"];
  if (key === undefined) {
    return undefined;
  }
  if (!/^[\x21-\x2b\x2d-\x7e]{1,255}$/.test(key)) {
    throw new Problem("validation-failed");
  }
  const secret = (await edgeKeys()).idempotency;
  const place = keys.answer(request.subject, request.route, keys.keyed(secret, key));
  // What the path names is part of what is asked.
  const bodyDigest = keys.keyedJson(secret, [request.parameters, sent]);
  const claim = { place, bodyDigest };
  claim.again = async () => {
    const answer = await begin(claim, request.now);
    if (answer === undefined) {
      throw new Error("the idempotency key was taken and is free");
    }
    return answer;
  };
  claim.record = (status, body, now) => {
    const expires = new Date(now.getTime() + KEPT_FOR);
    const item = {
      ...place,
      bodyDigest,
      status,
      body,
      recordedAt: keys.instant(now),
      expiresAt: keys.instant(expires),
      ttl: keys.seconds(expires),
      entity: "answer",
      v: 1,
    };
    return {
      Put: {
        Item: item,
        ConditionExpression: "attribute_not_exists(PK) OR #ttl <= :now",
        ExpressionAttributeNames: { "#ttl": "ttl" },
        ExpressionAttributeValues: { ":now": keys.seconds(now) },
      },
    };
  };
  return claim;
}

/** What was answered under the key before, if anything was. */
export async function begin({ place, bodyDigest }, now) {
  const item = await get(place, "answer");
  if (item === undefined || Date.parse(item.expiresAt) <= now.getTime()) {
    return undefined;
  }
  const [kept, asked] = [Buffer.from(item.bodyDigest), Buffer.from(bodyDigest)];
  if (kept.length !== asked.length || !timingSafeEqual(kept, asked)) {
    throw new Problem("idempotency-mismatch");
  }
  return json(item.status, item.body, { "idempotency-replayed": "true" });
}

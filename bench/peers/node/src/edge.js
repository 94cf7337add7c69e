// The HTTP edge: the request as the gateway's event tells it, the answer, one log line.

import { derive, EDGE_SECRET, subjectOf } from "./keys.js";
import { consumed, get } from "./table.js";

const STATUS = {
  unauthenticated: 401,
  forbidden: 403,
  "permission-missing": 403,
  "account-suspended": 403,
  "partner-badge-required": 403,
  "not-found": 404,
  "self-connection": 409,
  "partner-not-available": 409,
  "invitation-changed": 409,
  "malformed-request": 400,
  "unsupported-media-type": 415,
  "validation-failed": 422,
  "idempotency-mismatch": 422,
  "rate-limited": 429,
  internal: 500,
};

/** Why a request is not answered as asked. */
export class Problem extends Error {
  constructor(code, extra = {}) {
    super(code);
    this.code = code;
    this.extra = extra;
  }
}

/** The parameters of the route that the gateway matched: none may leave its segment. */
function parameters(event, route) {
  const names = [...route.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const values = event.pathParameters ?? {};
  const matched = event.requestContext.routeKey === route;
  const stays = names.every((name) => !["", ".", "..", undefined].includes(values[name]));
  if (!matched || !stays || Object.keys(values).length !== names.length) {
    throw new Problem("not-found");
  }
  return names.map((name) => [name, values[name]]);
}

/** The caller: exactly our scope, and an access token. */
function caller(event) {
  const claims = event.requestContext.authorizer?.jwt?.claims;
  if (!claims || (claims.token_use ?? "access") !== "access") {
    throw new Problem("unauthenticated");
  }
  const scopes = (claims.scope ?? "").replace(/^\[|\]$/g, "").split(/\s+/);
  if (!scopes.includes("tsunagu/console") || scopes.includes("tsunagu/platform")) {
    throw new Problem("forbidden");
  }
  if (!claims.iss || !claims.sub) {
    throw new Problem("unauthenticated");
  }
  return subjectOf(claims.iss, claims.sub);
}

function language(headers) {
  const asked = (headers["accept-language"] ?? "").split(",").map((part) => {
    const [tag, quality] = part.trim().split(";q=");
    return { primary: tag.split("-")[0].toLowerCase(), quality: Number(quality ?? 1) };
  });
  const ours = asked.filter(({ primary, quality }) => /^(ja|en)$/.test(primary) && quality > 0);
  ours.sort((one, other) => other.quality - one.quality);
  return ours[0]?.primary ?? "en";
}

let secrets;

/** The keys of the edge, read once per environment. */
export async function edgeKeys() {
  if (secrets === undefined) {
    const item = await get(EDGE_SECRET, "edge-secret");
    const secret = Buffer.from(item.secret, "base64url");
    secrets = {
      etag: derive(secret, "tsunagu etag 1"),
      idempotency: derive(secret, "tsunagu idempotency 1"),
    };
  }
  return secrets;
}

export const json = (statusCode, body, headers = {}) => ({
  statusCode,
  headers: { "content-type": "application/json", ...headers },
  body,
});

function refusal(problem, requestId) {
  const status = STATUS[problem.code];
  const body = {
    type: `https://tsunagu.dev/problems/${problem.code}`,
    title: problem.code,
    status,
    code: problem.code,
    requestId,
    ...problem.extra,
  };
  return json(status, JSON.stringify(body), { "content-type": "application/problem+json" });
}

let cold = true;

/** A Lambda handler of one route. */
export function serve(route, handle) {
  const [method, template] = route.split(" ");
  return async (event) => {
    const begun = process.hrtime.bigint();
    const coldStart = cold;
    cold = false;
    consumed.read = 0;
    consumed.write = 0;
    const { requestId } = event.requestContext;
    const request = { told: {}, route, headers: event.headers ?? {}, event };
    let answer;
    let code;
    try {
      request.language = language(request.headers);
      request.parameters = parameters(event, route);
      request.path = Object.fromEntries(request.parameters);
      request.subject = caller(event);
      request.now = new Date();
      answer = await handle(request);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("internal");
      if (problem.code === "internal") {
        console.error(JSON.stringify({ level: "ERROR", requestId, cause: String(error) }));
      }
      answer = refusal(problem, requestId);
      code = problem.code;
    }
    answer.headers["cache-control"] = "no-store";
    const latencyMs = Math.round(Number(process.hrtime.bigint() - begun) / 10_000) / 100;
    const line = {
      timestamp: new Date().toISOString(),
      level: "INFO",
      message: "request",
      requestId,
      method,
      route: template,
      status: answer.statusCode,
      code,
      ...(code === undefined ? request.told : {}),
      latencyMs,
      coldStart,
      readUnits: consumed.read,
      writeUnits: consumed.write,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return answer;
  };
}

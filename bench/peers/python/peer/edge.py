"""The HTTP edge: the request as the gateway's event tells it, the answer, one log line."""

import json
import re
import sys
import time
from types import SimpleNamespace

from . import keys
from .table import consumed, get

STATUS = {
    "unauthenticated": 401,
    "forbidden": 403,
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
    "internal": 500,
}


class Problem(Exception):
    """Why a request is not answered as asked."""

    def __init__(self, code, **extra):
        super().__init__(code)
        self.code = code
        self.extra = extra


def to_json(value):
    """JSON as short as it can be."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=number)


def number(value):
    """Numbers of the table are decimals."""
    return int(value) if value == value.to_integral_value() else float(value)


def parameters(event, route):
    """The parameters of the route that the gateway matched: none may leave its segment."""
    names = re.findall(r"\{(\w+)\}", route)
    values = event.get("pathParameters") or {}
    matched = event["requestContext"]["routeKey"] == route
    stays = all(values.get(name) not in (None, "", ".", "..") for name in names)
    if not matched or not stays or len(values) != len(names):
        raise Problem("not-found")
    return [[name, values[name]] for name in names]


def caller(event):
    """The caller: exactly our scope, and an access token."""
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims")
    if not claims or claims.get("token_use", "access") != "access":
        raise Problem("unauthenticated")
    scopes = claims.get("scope", "").strip("[]").split()
    if "tsunagu/console" not in scopes or "tsunagu/platform" in scopes:
        raise Problem("forbidden")
    if not claims.get("iss") or not claims.get("sub"):
        raise Problem("unauthenticated")
    return keys.subject_of(claims["iss"], claims["sub"])


def language(headers):
    """The first of our languages among those asked for, by the reader's weights."""
    ours = []
    for part in headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        weight = float(quality or 1)
        primary = tag.split("-")[0].lower()
        if primary in ("ja", "en") and weight > 0:
            ours.append((-weight, len(ours), primary))
    return min(ours)[2] if ours else "en"


_secrets = {}


def edge_keys():
    """The keys of the edge, read once per environment."""
    if not _secrets:
        secret = keys.bytes_of(get(keys.EDGE_SECRET, "edge-secret")["secret"])
        for name in ("etag", "idempotency"):
            _secrets[name] = keys.derive(secret, f"tsunagu {name} 1")
    return _secrets


def answer_json(status, body, **headers):
    """An answer whose body is JSON text."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers = {"content-type": "application/json", **headers}
    return {"statusCode": status, "headers": headers, "body": body}


def refusal(problem, request_id):
    """A problem as it is answered."""
    status = STATUS[problem.code]
    body = {
        "type": f"https://tsunagu.dev/problems/{problem.code}",
        "title": problem.code,
        "status": status,
        "code": problem.code,
        "requestId": request_id,
        **problem.extra,
    }
    return answer_json(status, to_json(body), content_type="application/problem+json")


_environment = {"cold": True}


def _answer(event, route, handle, request):
    try:
        request.language = language(request.headers)
        request.parameters = parameters(event, route)
        request.path = dict(request.parameters)
        request.subject = caller(event)
        request.now = keys.now()
        return handle(request), None
    except Problem as problem:
        return refusal(problem, event["requestContext"]["requestId"]), problem.code
    except Exception as error:
        # Whatever it is, the caller gets an answer.
        request_id = event["requestContext"]["requestId"]
        cause = {"level": "ERROR", "requestId": request_id, "cause": repr(error)}
        sys.stdout.write(to_json(cause) + "\n")
        return refusal(Problem("internal"), request_id), "internal"


def serve(route, handle):
    """A Lambda handler of one route."""
    method, template = route.split(" ")

    def handler(event, _context):
        begun = time.perf_counter()
        cold_start, _environment["cold"] = _environment["cold"], False
        consumed.update(read=0.0, write=0.0)
        headers = event.get("headers") or {}
        request = SimpleNamespace(told={}, route=route, headers=headers, event=event)
        answer, code = _answer(event, route, handle, request)
        answer["headers"]["cache-control"] = "no-store"
        line = {
            "timestamp": keys.instant(keys.now()),
            "level": "INFO",
            "message": "request",
            "requestId": event["requestContext"]["requestId"],
            "method": method,
            "route": template,
            "status": answer["statusCode"],
            **({"code": code} if code else request.told),
            "latencyMs": round((time.perf_counter() - begun) * 1000, 2),
            "coldStart": cold_start,
            "readUnits": consumed["read"],
            "writeUnits": consumed["write"],
        }
        sys.stdout.write(to_json(line) + "\n")
        sys.stdout.flush()
        return answer

    return handler

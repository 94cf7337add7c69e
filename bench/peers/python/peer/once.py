"""The body of a creating request, and `Idempotency-Key`: asking again creates nothing twice."""

import hmac
import json
import re
from base64 import b64decode
from datetime import datetime, timedelta
from types import SimpleNamespace

from . import keys
from .bodies import SHARES
from .edge import Problem, answer_json, edge_keys
from .table import get

KEPT_FOR = timedelta(hours=24)
LARGEST_BODY = 256 * 1024
# Visible ASCII without a comma, by which the gateway joins several.
KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}")


def read_body(request):
    """The body: an account, and perhaps shares and a version."""
    media_type = request.headers.get("content-type", "").split(";")[0]
    if media_type.strip().lower() != "application/json":
        raise Problem("unsupported-media-type")
    text = request.event.get("body") or ""
    if request.event.get("isBase64Encoded"):
        text = b64decode(text).decode()
    try:
        body = json.loads(text[: LARGEST_BODY + 1])
    except ValueError:
        raise Problem("malformed-request") from None
    if not isinstance(body, dict) or not body.keys() <= {"accountId", "shares", "version"}:
        raise Problem("validation-failed")
    shares, version = body.get("shares"), body.get("version")
    names_shares = isinstance(shares, list) and all(share in SHARES for share in shares)
    is_valid = (
        keys.is_account(body.get("accountId"))
        and (shares is None or names_shares)
        and (version is None or isinstance(version, str))
    )
    if not is_valid:
        raise Problem("validation-failed")
    return SimpleNamespace(sent=body, account_id=body["accountId"], shares=shares, version=version)


class Claim:
    """The key under which a request is made once, and what was sent under it."""

    def __init__(self, request, key, sent):
        secret = edge_keys()["idempotency"]
        self.now = request.now
        self.place = keys.answer(request.subject, request.route, keys.keyed(secret, key))
        # What the path names is part of what is asked.
        self.body_digest = keys.keyed_json(secret, [request.parameters, sent])

    def before(self):
        """What was answered under the key before, if anything was."""
        item = get(self.place, "answer")
        if item is None or datetime.fromisoformat(item["expiresAt"]) <= self.now:
            return None
        if not hmac.compare_digest(item["bodyDigest"], self.body_digest):
            raise Problem("idempotency-mismatch")
        return answer_json(int(item["status"]), item["body"], idempotency_replayed="true")

    def again(self):
        """The answer of whoever took the key meanwhile."""
        answer = self.before()
        if answer is None:
            raise RuntimeError("the idempotency key was taken and is free")
        return answer

    def record(self, status, body):
        """Writes the answer with its effect, unless the key is taken."""
        expires = self.now + KEPT_FOR
        item = {
            **self.place,
            "bodyDigest": self.body_digest,
            "status": status,
            "body": body,
            "recordedAt": keys.instant(self.now),
            "expiresAt": keys.instant(expires),
            "ttl": int(expires.timestamp()),
            "entity": "answer",
            "v": 1,
        }
        return {
            "Put": {
                "Item": item,
                "ConditionExpression": "attribute_not_exists(PK) OR #ttl <= :now",
                "ExpressionAttributeNames": {"#ttl": "ttl"},
                "ExpressionAttributeValues": {":now": int(self.now.timestamp())},
            }
        }


def claim_of(request, accept):
    """The caller's key; None where it chose none."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise Problem("validation-failed")
    return Claim(request, key, accept.sent)

"""Ids, digests, instants, and every key of the table that the two jobs need."""

import hashlib
import hmac
import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ACCOUNT = re.compile(r"acc_[0-7][0-9A-HJKMNP-TV-Z]{25}")
EDGE_SECRET = {"PK": "KEYS", "SK": "edge"}
LAST_RUN = {"PK": "RUN", "SK": "usage-aggregation"}


def is_account(text):
    """Whether a text is an account's id."""
    return isinstance(text, str) and ACCOUNT.fullmatch(text) is not None


def milliseconds(at):
    """Since 1970."""
    return round(at.timestamp() * 1000)


def now():
    """The present instant, in whole milliseconds."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def instant(at):
    """RFC 3339 as short as it can be: no fraction where it is zero."""
    precision = "milliseconds" if at.microsecond else "seconds"
    return at.isoformat(timespec=precision).replace("+00:00", "Z")


def of_milliseconds(count):
    """An instant as it is told."""
    whole, part = divmod(int(count), 1000)
    return instant(datetime.fromtimestamp(whole, UTC).replace(microsecond=part * 1000))


def mint(prefix, at):
    """A prefixed ULID minted at an instant."""
    number = milliseconds(at) << 80 | int.from_bytes(os.urandom(10))
    return prefix + "".join(CROCKFORD[number >> 5 * place & 31] for place in range(25, -1, -1))


def text_of(data):
    """Bytes as base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def bytes_of(text):
    """The bytes of base64url."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest(data):
    """A digest as text."""
    return text_of(hashlib.sha256(data).digest())


def subject_of(issuer, subject):
    """Who a token speaks for; the length keeps two spellings of one concatenation apart."""
    issuer = issuer.encode()
    return digest(len(issuer).to_bytes(8) + issuer + subject.encode())


def keyed(key, text):
    """A keyed digest."""
    return text_of(hmac.digest(key, text.encode(), "sha256"))


def keyed_json(key, value):
    """A keyed digest of JSON: two spellings of one value have one digest."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return keyed(key, text)


def derive(secret, purpose):
    """A key for one purpose (HKDF-SHA256, one block)."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def account(account_id):
    """The account itself."""
    return {"PK": f"A#{account_id}", "SK": "PROFILE"}


def organization(org_id):
    """An organization, with its program memberships."""
    return {"PK": f"ORG#{org_id}", "SK": "PROGRAMS"}


def administrator(account_id, subject):
    """An administrator of an account."""
    return {"PK": f"A#{account_id}", "SK": f"ADMIN#S#{subject}"}


def invite_token(token):
    """Whose invite link a secret is."""
    return {"PK": f"INVITE#{digest(token.encode())}", "SK": "INVITE"}


def of_pair(account_id, kind, other_id):
    """What an account keeps of another: CUST, PARTNER, PAST, PASTPARTNER, BLOCKED, NOTE."""
    return {"PK": f"A#{account_id}", "SK": f"{kind}#{other_id}"}


def episode(account_id, kind, other_id, number):
    """An episode, on one side."""
    return {"PK": f"A#{account_id}", "SK": f"{kind}#{other_id}#{number:08}"}


def notification(account_id, notification_id):
    """A notification of an account."""
    return {"PK": f"A#{account_id}", "SK": f"NTF#{notification_id}"}


def audit(account_id, at, audit_id):
    """An entry of an account's audit trail."""
    return {"PK": f"AUDIT#{account_id}#{at:%Y-%m}", "SK": audit_id}


def answer(caller, route, key_digest):
    """The answer to a creating request, under the caller's key."""
    return {"PK": f"IDEM#{caller}#{route}", "SK": f"-#{key_digest}"}


def due(account_id, at):
    """Where the scheduled run finds what turns at an instant: one of eight shards."""
    shard = hashlib.sha256(account_id.encode()).digest()[0] % 8
    return {"GSI2PK": f"DUE#{shard}", "GSI2SK": f"{at:%Y-%m-%dT%H:%M:%SZ}"}

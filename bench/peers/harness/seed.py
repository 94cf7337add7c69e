"""The same table for everybody: partners, customers, one connection, and what stands in the way.

The items have the forms that `shared/store/src/items` gives them. Every run checks that ours reads
them: it refuses what it does not know.
"""

import hashlib
from base64 import urlsafe_b64encode

from boto3.dynamodb.types import TypeSerializer

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BEGUN = "2025-04-01T00:00:00Z"
BEGUN_MS = 1_743_465_600_000
ISSUER = "https://issuer.example"
SHARES = 0b111_1111
# Who has full access everywhere, who may see nothing, and whom nobody knows.
PERSON, POWERLESS, STRANGER = "person", "powerless", "stranger"


def ulid(number):
    """A ULID of the time of the seed."""
    value = BEGUN_MS << 80 | number
    return "".join(CROCKFORD[value >> 5 * place & 31] for place in range(25, -1, -1))


def text_of(data):
    """Bytes as base64url."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(data):
    """A digest as text."""
    return text_of(hashlib.sha256(data).digest())


def subject(name):
    """The digest of issuer and subject."""
    return digest(len(ISSUER).to_bytes(8) + ISSUER.encode() + name.encode())


def token(number):
    """The secret of the invite link of an account."""
    return text_of(hashlib.sha256(b"link %d" % number).digest())


def account_id(number):
    """An account by its number."""
    return f"acc_{ulid(number)}"


def org_id(number):
    """Its organization."""
    return f"org_{ulid(number)}"


def names(number):
    """An account's names as connections keep them."""
    return {"n": f"株式会社サンプル{number}", "on": f"Sample {number} K.K.", "og": org_id(number)}


def _item(pk, sk, entity, **attributes):
    item = {"PK": pk, "SK": sk, "entity": entity, "v": 1, **attributes}
    encode = TypeSerializer().serialize
    return {name: encode(value) for name, value in item.items()}


def _administrator(number, name, access):
    key = f"ADMIN#S#{subject(name)}"
    return _item(
        f"A#{account_id(number)}",
        key,
        "administrator",
        accountId=account_id(number),
        subject=subject(name),
        adminId=f"adm_{ulid(number)}",
        email=f"{name}@example.com",
        access=access,
        invitedBy=None,
        joinedAt=BEGUN,
        rev=1,
    )


def account(number, *, programs=(), status="active"):
    """An account with its organization, administrators and invite link."""
    own, org = account_id(number), org_id(number)
    member = {"status": "active", "window": {"from": None, "until": None}}
    member |= {"activatedAt": BEGUN, "inactiveSince": None}
    link = digest(token(number).encode())
    return [
        _item(
            f"A#{own}",
            "PROFILE",
            "account",
            GSI1PK=f"ORG#{org}",
            GSI1SK=f"A#{own}",
            accountId=own,
            orgId=org,
            displayName=names(number)["n"],
            country="JP",
            timeZone="Asia/Tokyo",
            address=None,
            contact=None,
            status=status,
            externalId=None,
            createdAt=BEGUN,
            rev=number + 1,
        ),
        _item(
            f"ORG#{org}",
            "PROGRAMS",
            "organization",
            orgId=org,
            name=names(number)["on"],
            memberships=dict.fromkeys(programs, member),
            rev=number + 2,
        ),
        _administrator(number, PERSON, "full"),
        _administrator(number, POWERLESS, {"custom": ["tickets.view"]}),
        _item(
            f"A#{own}", "INVITE", "invite-link", partner=own, token=token(number), createdAt=BEGUN
        ),
        _item(f"INVITE#{link}", "INVITE", "invite-token", digest=link, partner=own),
    ]


def connected(partner, customer, *, shares=SHARES, suspended=False):
    """An active connection on the partner's side, with figures, marks and a note."""
    own, other = account_id(partner), account_id(customer)
    figures = {"s": 3, "p": 120, "a": 96, "o": 0, "x": "2027-03-31", "e": 1}
    figures |= {"t": [2, 1], "n": [4, 1, 1, 2], "r": [1, 0, 2]}
    return [
        _item(
            f"A#{own}",
            f"CUST#{other}",
            "customer",
            id=f"con_{ulid(customer)}",
            ep=2,
            sh=shares,
            at=BEGUN_MS + 123,
            **names(customer),
            **({"su": True} if suspended else {}),
            cr=customer + 1,
            rf="P-0042",
            tg=["関東", "priority"],
            sm=figures,
            sq=7,
            r=4,
        ),
        _item(
            f"A#{own}",
            f"NOTE#{other}",
            "note",
            partner=own,
            customer=other,
            note="四半期ごとに訪問",
        ),
    ]


def ended(partner, customer, *, blocked=False):
    """A connection that has ended, on both sides."""
    own, other = account_id(partner), account_id(customer)
    past = {"id": f"con_{ulid(customer)}", "ep": 3, "sh": SHARES, "at": BEGUN_MS}
    past |= {"ea": BEGUN_MS + 1000, "eb": "customer", "bg": {"day": "2025-04-01", "count": 1}}
    kept = {"rf": "P-0043", "tg": ["関西"], **names(customer)}
    items = [
        _item(f"A#{own}", f"PAST#{other}", "past-customer", **past, **kept),
        _item(f"A#{other}", f"PASTPARTNER#{own}", "past-partner", **past, og=org_id(partner)),
    ]
    if blocked:
        block = {**names(customer), "blockedAt": BEGUN}
        items.append(_item(f"A#{own}", f"BLOCKED#{other}", "blocked-customer", **block))
    return items


# Accounts with a part of their own; those from CUSTOMERS on accept one after another.
PARTNER, BADGELESS, SUSPENDED_PARTNER = 1, 2, 3
READ, NARROW, SUSPENDED_CONNECTED = 4, 5, 6
ENDED, BLOCKED, SUSPENDED, UNCONNECTED = 7, 8, 9, 10
CUSTOMERS = 100


def items(customers):
    """The whole table, with so many accounts that can accept."""
    found = [
        _item("KEYS", "edge", "edge-secret", secret=text_of(hashlib.sha256(b"edge").digest())),
        _item("RUN", "usage-aggregation", "run", asOf=BEGUN_MS + 3_600_000),
        *account(PARTNER, programs=("CSP",)),
        *account(BADGELESS),
        *account(SUSPENDED_PARTNER, programs=("CSA",), status="suspended"),
        *account(SUSPENDED, status="suspended"),
    ]
    for number in (READ, NARROW, SUSPENDED_CONNECTED, ENDED, BLOCKED, UNCONNECTED):
        found += account(number)
    found += connected(PARTNER, READ)
    found += connected(PARTNER, NARROW, shares=0b1_0010)
    found += connected(PARTNER, SUSPENDED_CONNECTED, suspended=True)
    found += connected(BADGELESS, READ)
    found += ended(PARTNER, ENDED)
    found += ended(PARTNER, BLOCKED, blocked=True)
    for number in range(CUSTOMERS, CUSTOMERS + customers):
        found += account(number)
    return found

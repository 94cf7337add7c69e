"""The connection as both sides are shown it."""

from . import keys
from .admit import shown_badges

# In the order of the bits that the table keeps.
SHARES = (
    "account",
    "orders",
    "entitlements",
    "licenses",
    "tickets",
    "notifications",
    "federation",
)


def shares_of(bits):
    """The shares of a set of bits."""
    return [share for place, share in enumerate(SHARES) if int(bits) >> place & 1]


def bits_of(shares):
    """The set of bits of shares."""
    return sum(1 << place for place, share in enumerate(SHARES) if share in shares)


def party(account, organization):
    """An account as the other side of a connection is shown it."""
    return {
        "accountId": account["accountId"],
        "displayName": account["displayName"],
        "organizationName": organization.get("name"),
        "orgId": account["orgId"],
    }


def connection_body(item, partner, badges, customer, language):
    """An active connection, from whichever side's item."""
    return {
        "connectionId": item["id"],
        "partner": {**partner, "badges": shown_badges(badges, language)},
        "customer": customer,
        "state": "active",
        "episode": item["ep"],
        "shares": shares_of(item["sh"]),
        "connectedAt": keys.of_milliseconds(item["at"]),
        "endedAt": None,
        "endedBy": None,
    }

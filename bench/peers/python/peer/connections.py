"""Reads one connection: a customer as its partner's dashboard shows it."""

import json

from . import keys
from .admit import admit
from .bodies import connection_body, party, shares_of
from .edge import Problem, answer_json, edge_keys, serve, to_json
from .table import get


def summary_of(item, customer_id, run):
    """The figures as the partner may see them: what is not shared or not known is null."""
    figures = item.get("sm")
    shares = shares_of(item["sh"])

    def shown(share, letter, names=None):
        part = (figures or {}).get(letter)
        if share not in shares or part is None:
            return None
        return dict(zip(names, part, strict=True)) if names else part

    as_of = None
    if figures and run and "licenses" in shares:
        behind = run.get("behind", {})
        as_of = keys.of_milliseconds(run["asOf"])
        as_of = behind.get(customer_id, as_of)
    notifications = ("total", "error", "warning", "information")
    return {
        "services": shown("licenses", "s"),
        "purchased": shown("licenses", "p"),
        "assigned": shown("licenses", "a"),
        "overage": shown("licenses", "o"),
        "maxUtilization": shown("licenses", "u"),
        "nextExpiry": shown("entitlements", "x"),
        "expiringWithin90Days": shown("entitlements", "e"),
        "openTickets": shown("tickets", "t", ("total", "critical")),
        "activeNotifications": shown("notifications", "n", notifications),
        "trials": shown("entitlements", "r", ("active", "pending", "expired")),
        "asOf": as_of,
    }


def tag_of(body):
    """A keyed hash of what is shown, less what follows from other resources."""
    stable = {name: part for name, part in body.items() if name not in ("summary", "account")}
    partner = stable["partner"]
    stable["partner"] = {name: part for name, part in partner.items() if name != "badges"}
    # As it is shown: numbers of the table are decimals.
    return f'"{keys.keyed_json(edge_keys()["etag"], json.loads(to_json(stable)))}"'


def get_customer(request):
    """The handler."""
    partner_id, customer_id = request.path["partner"], request.path["customer"]
    if not keys.is_account(partner_id):
        raise Problem("not-found")
    customer = customer_id if keys.is_account(customer_id) else None
    admitted = admit(
        request,
        partner_id,
        "customer-dashboard.view",
        badge=True,
        connected=True,
        customer=customer,
    )
    item = admitted.customer
    request.told = {"account": partner_id, "customer": customer_id, "reads": "account"}
    note = get(keys.of_pair(partner_id, "NOTE", customer_id), "note")
    is_shared = "account" in shares_of(item["sh"])
    account = get(keys.account(customer_id), "account") if is_shared else None
    run = get(keys.LAST_RUN, "run")
    partner = party(admitted.account, admitted.organization)
    other = {
        "accountId": customer_id,
        "displayName": item["n"],
        "organizationName": item.get("on"),
        "orgId": item["og"],
    }
    told = ("country", "timeZone", "address", "contact", "createdAt")
    body = {
        **connection_body(item, partner, admitted.badges, other, request.language),
        "reference": item.get("rf"),
        "tags": item.get("tg", []),
        "summary": summary_of(item, customer_id, run),
        "note": note["note"] if note else None,
        "account": {name: account[name] for name in told} if account else None,
    }
    return answer_json(200, to_json(body), etag=tag_of(body))


handler = serve("GET /v1/accounts/{partner}/customers/{customer}", get_customer)

"""Accepts an invitation: one transaction that connects both sides."""

import re
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from . import keys
from .admit import admit, badges_of
from .bodies import SHARES, bits_of, connection_body, party
from .edge import Problem, answer_json, serve, to_json
from .once import claim_of, read_body
from .table import batch_get, get, transact, until_settled
from .writes import begin_episode, check_unchanged

MOST_A_DAY = 20
PERMISSION = "connections.manage"
# 32 bytes of base64url.
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def invitation_of(partner_id, now):
    """What the link leads to, as the table says now."""
    account = get(keys.account(partner_id), "account")
    organization = get(keys.organization(account["orgId"]), "organization")
    badges = badges_of(organization, now)
    shown = {
        "displayName": account["displayName"],
        "organizationName": organization.get("name"),
        "orgId": account["orgId"],
        "country": account["country"],
        "programs": [badge["program"] for badge in badges],
    }
    return SimpleNamespace(account=account, organization=organization, badges=badges, shown=shown)


def version_of(shown):
    """A mark of exactly what the link shows."""
    fields = (shown["displayName"], shown["organizationName"] or "", shown["country"])
    text = "".join(f"{field}\0" for field in fields)
    text += shown["orgId"] + "".join(shown["programs"]) + "".join(SHARES)
    return keys.text_of(keys.bytes_of(keys.digest(text.encode()))[:12])


def beginning(past, customer, shares, now):
    """The connection that this acceptance begins."""
    day = now.astimezone(ZoneInfo(customer.account["timeZone"])).date().isoformat()
    before = int(past["bg"]["count"]) if past and past["bg"]["day"] == day else 0
    if before >= MOST_A_DAY:
        raise Problem("rate-limited")
    return {
        "id": past["id"] if past else keys.mint("con_", now),
        "ep": int(past["ep"]) + 1 if past else 1,
        "sh": shares,
        "at": keys.milliseconds(now),
        "bg": {"day": day, "count": before + 1},
    }


def accepted_already(item, body, claim):
    """Changes nothing but the caller's key; None where the connection is gone meanwhile."""
    if claim is not None:
        key = {"PK": item["PK"], "SK": item["SK"]}
        connected = {
            "Key": key,
            "ConditionExpression": "attribute_exists(PK) AND ep = :ep",
            "ExpressionAttributeValues": {":ep": item["ep"]},
        }
        failed = transact([claim.record(200, body), {"ConditionCheck": connected}])
        if failed:
            return claim.again() if 0 in failed else None
    return answer_json(200, body)


def accept_once(request, accept, claim, customer, invitation):
    """One attempt: the answer, or None where what was read no longer stands."""
    customer_id = customer.account["accountId"]
    partner_id = invitation.account["accountId"]
    partner_key = keys.of_pair(customer_id, "PARTNER", partner_id)
    past_key = keys.of_pair(partner_id, "PAST", customer_id)
    read = batch_get([partner_key, past_key])

    def body_of(item):
        partner = party(invitation.account, invitation.organization)
        other = party(customer.account, customer.organization)
        badges = invitation.badges
        return to_json(connection_body(item, partner, badges, other, request.language))

    connected = read(partner_key, "partner")
    if connected is not None:
        return accepted_already(connected, body_of(connected), claim)
    past = read(past_key, "past-customer")
    blocked_key = keys.of_pair(partner_id, "BLOCKED", customer_id)
    is_blocked = past is not None and get(blocked_key, "blocked-customer") is not None
    if is_blocked or not invitation.badges or invitation.account["status"] != "active":
        raise Problem("partner-not-available")
    if accept.version is not None and accept.version != version_of(invitation.shown):
        raise Problem("invitation-changed")
    shares = bits_of(SHARES if accept.shares is None else accept.shares)
    connection = beginning(past, customer, shares, request.now)
    body = body_of(connection)
    actions = [claim.record(201, body)] if claim else []
    actions += begin_episode(connection, past, customer, invitation, request.now)
    actions += check_unchanged(customer, invitation)
    failed = transact(actions)
    if not failed:
        return answer_json(201, body)
    return claim.again() if claim and 0 in failed else None


def accept_invitation(request):
    """The handler."""
    token = request.path["token"]
    if not TOKEN.fullmatch(token):
        raise Problem("not-found")
    accept = read_body(request)
    account_id = accept.account_id
    customer = admit(request, account_id, PERMISSION)
    claim = claim_of(request, accept)
    replayed = claim.before() if claim else None
    if replayed is not None:
        return replayed
    link = get(keys.invite_token(token), "invite-token")
    if link is None:
        raise Problem("not-found")
    partner_id = link["partner"]
    first = [(invitation_of(partner_id, request.now), customer)]
    if partner_id == account_id:
        raise Problem("self-connection")

    def attempt():
        if first:
            invitation, acting = first.pop()
        else:
            invitation = invitation_of(partner_id, request.now)
            acting = admit(request, account_id, PERMISSION)
        return accept_once(request, accept, claim, acting, invitation)

    return until_settled(attempt)


handler = serve("POST /v1/invitations/{token}/accept", accept_invitation)

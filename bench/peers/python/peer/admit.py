"""The permission check: what the table says of a caller, in one strongly consistent round trip."""

from datetime import datetime
from types import SimpleNamespace

from . import keys
from .edge import Problem
from .table import batch_get, get

MOST_REMEMBERED = 10_000
# An account's ORGID never changes, so an environment may remember it.
_organizations = {}

PROGRAMS = {
    "CSA": {"en": "Solution Advisor", "ja": "ソリューションアドバイザー"},
    "CSP": {"en": "Service Provider", "ja": "サービスプロバイダー"},
}


def badges_of(organization, now):
    """The badges of an organization at an instant."""
    badges = []
    for program in PROGRAMS:
        membership = organization["memberships"].get(program)
        if not membership or membership["status"] != "active":
            continue
        window = membership["window"]
        start = window["from"] and datetime.fromisoformat(window["from"])
        end = window["until"] and datetime.fromisoformat(window["until"])
        activated = membership["activatedAt"]
        begun = [at for at in (activated and datetime.fromisoformat(activated), start) if at]
        if (not start or start <= now) and (not end or now < end) and begun:
            badges.append({"program": program, "since": keys.instant(max(begun))})
    return badges


def shown_badges(badges, language):
    """The badges as they are shown."""
    return [
        {
            "program": badge["program"],
            "name": PROGRAMS[badge["program"]][language],
            "since": badge["since"],
        }
        for badge in badges
    ]


def _organization_of(account, read):
    key = keys.organization(account["orgId"])
    organization = read(key, "organization")
    if organization is None:
        organization = get(key, "organization")
        if len(_organizations) >= MOST_REMEMBERED:
            _organizations.clear()
        _organizations[account["accountId"]] = account["orgId"]
    if organization is None:
        raise RuntimeError("an account without its organization")
    return organization


def admit(request, account_id, permission, *, badge=False, connected=False, customer=None):
    """Admits a caller to an account and, where one is asked for, to a connected customer.

    Refusals come in the order that the contract fixes.
    """
    account_key = keys.account(account_id)
    administrator_key = keys.administrator(account_id, request.subject)
    customer_key = keys.of_pair(account_id, "CUST", customer) if customer else None
    org = _organizations.get(account_id)
    organization_key = keys.organization(org) if org else None
    wanted = [account_key, administrator_key, customer_key, organization_key]
    read = batch_get([key for key in wanted if key])
    account = read(account_key, "account")
    administrator = account and read(administrator_key, "administrator")
    if administrator is None:
        raise Problem("not-found")
    organization = _organization_of(account, read)
    access = administrator["access"]
    if access != "full" and permission not in access["custom"]:
        raise Problem("permission-missing", permission=permission)
    if account["status"] == "suspended":
        raise Problem("account-suspended")
    badges = badges_of(organization, request.now)
    if badge and not badges:
        raise Problem("partner-badge-required")
    found = read(customer_key, "customer") if customer_key else None
    if connected and (found is None or found.get("su")):
        raise Problem("not-found")
    return SimpleNamespace(
        account=account,
        administrator=administrator,
        organization=organization,
        badges=badges,
        customer=found,
    )

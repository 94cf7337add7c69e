"""What an acceptance writes, and what must still hold for it: the parts of its one transaction."""

from datetime import timedelta

from . import keys
from .bodies import shares_of

NOTIFIED_FOR = timedelta(days=90)
ABSENT = {"ConditionExpression": "attribute_not_exists(PK)"}


def put(key, entity, attributes, condition=None):
    """Puts an item, where there is none unless something else is said."""
    item = {**key, **attributes, "entity": entity, "v": 1}
    return {"Put": {"Item": item, **(ABSENT if condition is None else condition)}}


def _sides(connection, past, customer, invitation, now):
    customer_id = customer.account["accountId"]
    partner_id = invitation.account["accountId"]
    common = {name: connection[name] for name in ("id", "ep", "sh", "at")}
    kept = {name: past[name] for name in ("rf", "tg") if past and name in past}
    name = customer.organization.get("name")
    customer_item = {
        **common,
        "n": customer.account["displayName"],
        **({"on": name} if name else {}),
        "og": customer.account["orgId"],
        "cr": customer.account["rev"],
        **kept,
        "r": 1,
    }
    partner_item = {
        **common,
        "og": invitation.account["orgId"],
        "bg": connection["bg"],
        "r": 1,
        **keys.due(customer_id, now),
    }
    return [
        put(keys.of_pair(partner_id, "CUST", customer_id), "customer", customer_item),
        put(keys.of_pair(customer_id, "PARTNER", partner_id), "partner", partner_item),
    ]


def _episodes(connection, customer_id, invitation, now):
    partner_id = invitation.account["accountId"]
    number = connection["ep"]
    episode = {
        "partner": partner_id,
        "customer": customer_id,
        "connectionId": connection["id"],
        "episode": number,
        "connectedAt": keys.instant(now),
        "shares": connection["sh"],
        "shown": invitation.shown,
    }
    customer_key = keys.episode(partner_id, "EPISODE", customer_id, number)
    partner_key = keys.episode(customer_id, "EPISODEWITH", partner_id, number)
    return [
        put(customer_key, "customer-episode", episode),
        put(partner_key, "partner-episode", episode),
    ]


def _no_past(past, customer_id, partner_id):
    key = keys.of_pair(partner_id, "PAST", customer_id)
    if past is None:
        return [{"Delete": {"Key": key, **ABSENT}}]
    as_read = {
        "Key": key,
        "ConditionExpression": "attribute_exists(PK) AND ep = :ep",
        "ExpressionAttributeValues": {":ep": past["ep"]},
    }
    other = keys.of_pair(customer_id, "PASTPARTNER", partner_id)
    return [{"Delete": as_read}, {"Delete": {"Key": other}}]


def _audits(connection, customer, partner_id, now):
    customer_id = customer.account["accountId"]

    def entry(account_id, actor, changes):
        audit_id = keys.mint("aud_", now)
        attributes = {
            "auditId": audit_id,
            "accountId": account_id,
            "at": keys.instant(now),
            "action": "connection-created",
            "actor": actor,
            "target": {"type": "connection", "id": connection["id"]},
            "changes": changes,
        }
        return put(keys.audit(account_id, now, audit_id), "audit", attributes, {})

    administrator = customer.administrator
    person = {
        "kind": "administrator",
        "adminId": administrator["adminId"],
        "email": administrator["email"],
    }
    shares = {"from": None, "to": " ".join(shares_of(connection["sh"]))}
    told = {"partner": {"from": None, "to": partner_id}, "shares": shares}
    # The side that acted sees the person, the other one does not.
    return [
        entry(customer_id, person, told),
        entry(partner_id, {"kind": "customer", "accountId": customer_id}, {"shares": shares}),
    ]


def _notice(connection, customer, partner_id, now):
    name = customer.account["displayName"]
    counterpart = {"accountId": customer.account["accountId"], "displayName": name}
    notification_id = keys.mint("ntf_", now)
    attributes = {
        "notificationId": notification_id,
        "accountId": partner_id,
        "severity": "information",
        "source": "connections",
        "code": "connection-created",
        "title": {"ja": "顧客と接続しました", "en": "Customer connected"},
        "message": {
            "ja": f"{name} が招待を承諾しました。顧客ダッシュボードに表示されます。",
            "en": f"{name} accepted your invitation and is now on your customer dashboard.",
        },
        "visibility": "account",
        "related": {"type": "connection", "id": connection["id"], "counterpart": counterpart},
        "createdAt": keys.instant(now),
        "ttl": int((now + NOTIFIED_FOR).timestamp()),
    }
    return put(keys.notification(partner_id, notification_id), "notification", attributes)


def begin_episode(connection, past, customer, invitation, now):
    """An episode begins on both sides, and both are told."""
    customer_id = customer.account["accountId"]
    partner_id = invitation.account["accountId"]
    return [
        *_sides(connection, past, customer, invitation, now),
        *_episodes(connection, customer_id, invitation, now),
        *_no_past(past, customer_id, partner_id),
        *_audits(connection, customer, partner_id, now),
        _notice(connection, customer, partner_id, now),
    ]


def check_unchanged(customer, invitation):
    """Both accounts and both organizations are as they were read."""

    def unchanged(key, item):
        return {
            "ConditionCheck": {
                "Key": key,
                "ConditionExpression": "attribute_exists(PK) AND rev = :rev",
                "ExpressionAttributeValues": {":rev": item["rev"]},
            }
        }

    accounts = (invitation.account, customer.account)
    organizations = (invitation.organization, customer.organization)
    # Where both sides are of one organization it is named once, as DynamoDB demands.
    once = {one["orgId"]: one for one in organizations}
    return [
        *(unchanged(keys.account(one["accountId"]), one) for one in accounts),
        *(unchanged(keys.organization(org), one) for org, one in once.items()),
    ]

"""Whether others do the same as ours: the same answers, the same items in the table.

What cannot be the same is written as what it is: ids that were minted in the run by their order,
instants by their distance from the acceptance, in minutes.
"""

import json
import re
from datetime import UTC, datetime

from . import events, seed

ID = re.compile(r"\b(con|aud|ntf)_([0-7][0-9A-HJKMNP-TV-Z]{25})\b")
INSTANT = re.compile(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
MONTH = re.compile(r"(?<=#)20\d\d-\d\d\b")
EPOCH = 1_600_000_000
READ, ACCEPT = "read", "accept"


def requests():
    """What everybody is asked, one after another, each on what the one before left."""
    c = seed.CUSTOMERS
    accept, read = events.accept, events.read
    return [
        ("read", READ, read()),
        ("read in English", READ, read(language="en-GB, ja;q=0.5")),
        ("read what is shared in part", READ, read(customer=seed.NARROW)),
        ("read: not connected", READ, read(customer=seed.UNCONNECTED)),
        ("read: the customer is suspended", READ, read(customer=seed.SUSPENDED_CONNECTED)),
        ("read: a stranger", READ, read(person=seed.STRANGER)),
        ("read: without the permission", READ, read(person=seed.POWERLESS)),
        ("read: the partner is suspended", READ, read(partner=seed.SUSPENDED_PARTNER)),
        ("read: the partner has no badge", READ, read(partner=seed.BADGELESS)),
        ("accept", ACCEPT, accept(c)),
        ("accept once more under the same key", ACCEPT, accept(c)),
        ("accept another under the same key", ACCEPT, accept(c + 1, key=f"accept-{c}")),
        ("accept what is connected", ACCEPT, accept(c, key="another")),
        ("accept without a key, in English", ACCEPT, _without_key(accept(c + 1, language="en"))),
        ("accept and share in part", ACCEPT, accept(c + 2, shares=["orders", "licenses"])),
        ("accept again after an end", ACCEPT, accept(seed.ENDED)),
        ("accept: blocked", ACCEPT, accept(seed.BLOCKED)),
        ("accept: the partner has no badge", ACCEPT, accept(c + 3, link=seed.BADGELESS)),
        ("accept: the partner is suspended", ACCEPT, accept(c + 3, link=seed.SUSPENDED_PARTNER)),
        ("accept: the own link", ACCEPT, accept(seed.PARTNER)),
        ("accept: nobody's link", ACCEPT, accept(c + 3, link="A" * 43)),
        ("accept: a stranger", ACCEPT, accept(c + 3, person=seed.STRANGER)),
        ("accept: without the permission", ACCEPT, accept(c + 3, person=seed.POWERLESS)),
        ("accept: suspended", ACCEPT, accept(seed.SUSPENDED)),
        ("accept: something else was shown", ACCEPT, accept(c + 3, version="of another day")),
        ("accept: an unknown field", ACCEPT, accept(c + 3, note="…")),
    ]


def _without_key(event):
    del event["headers"]["idempotency-key"]
    return event


class Normalised:
    """Items and answers, with what differs from run to run named; what the seed knows stays."""

    def __init__(self, seeded):
        self.known = json.dumps(list(seeded.values()), ensure_ascii=False)
        self.now = None
        self.minted = {}

    def distance(self, at):
        """An instant as minutes from now; those of the seed stay."""
        minutes = round((at - self.now).total_seconds() / 60)
        return f"<now{minutes:+}min>"

    def text(self, text):
        """A text with ids and instants of this run named."""

        def instant(match):
            if match[0] in self.known:
                return match[0]
            return self.distance(datetime.fromisoformat(match[0]))

        def minted(match):
            if match[0] in self.known:
                return match[0]
            return self.minted.setdefault(match[0], f"{match[1]}_<{len(self.minted)}>")

        text = ID.sub(minted, text)
        text = INSTANT.sub(instant, text)
        return MONTH.sub("<month>", text)

    def attribute(self, name, value):
        """An attribute as DynamoDB gives it."""
        [(kind, inner)] = value.items()
        if kind == "S":
            is_day = name == "day"
            return {"S": "<day>" if is_day and inner not in self.known else self.text(inner)}
        if kind == "N" and float(inner) > EPOCH and inner not in self.known:
            seconds = float(inner) / (1000 if float(inner) > EPOCH * 100 else 1)
            return {"N": self.distance(datetime.fromtimestamp(seconds, UTC))}
        if kind == "M":
            return {"M": {key: self.attribute(key, part) for key, part in sorted(inner.items())}}
        if kind == "L":
            return {"L": [self.attribute(name, part) for part in inner]}
        return value

    def item(self, item):
        """An item, its attributes in the order of their names."""
        return {name: self.attribute(name, value) for name, value in sorted(item.items())}


def _answer(normalised, answer):
    told = {"status": answer["statusCode"]}
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    for name in ("etag", "content-type", "cache-control", "idempotency-replayed"):
        told[name] = headers.get(name)
    body = answer.get("body") or ""
    if answer["statusCode"] < 400:
        told["body"] = normalised.text(body)
    else:
        # Texts for people are ours alone.
        problem = json.loads(body)
        told["problem"] = {name: problem.get(name) for name in ("code", "status", "permission")}
    return told


def observe(call, database, table):
    """What an implementation answers and leaves in the table, request by request."""
    told = []
    before = database.items(table)
    normalised = Normalised(before)
    for title, job, event in requests():
        normalised.now = datetime.now(UTC)
        answer = call(job, event)
        after = database.items(table)
        changed = [item for key, item in after.items() if before.get(key) != item]
        # Notifications and entries of the trail have minted ids in their keys: by kind first.
        changed.sort(key=lambda item: (item["entity"]["S"], item["PK"]["S"], item["SK"]["S"]))
        gone = sorted(key for key in before if key not in after)
        items = [normalised.item(item) for item in changed]
        told.append((title, {"answer": _answer(normalised, answer), "items": items, "gone": gone}))
        before = after
    return told


def _apart(one, other):
    """What only one of two has, each in a line."""
    if isinstance(one, dict):
        one, other = list(one.items()), list(other.items())
    lines = [f"    - {part}" for part in one if part not in other]
    return "\n".join(lines + [f"    + {part}" for part in other if part not in one])


def differences(ours, others):
    """Where two observations differ, a line each."""
    found = []
    for (title, one), (_, other) in zip(ours, others, strict=True):
        for part in ("answer", "items", "gone"):
            if one[part] != other[part]:
                found.append(f"{title}: {part}\n{_apart(one[part], other[part])}")
    return found

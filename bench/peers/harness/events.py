"""The gateway's events of the two jobs, made of the samples in events/."""

import copy
import json

from . import seed
from .database import ROOT

READ_ROUTE = "GET /v1/accounts/{partner}/customers/{customer}"
ACCEPT_ROUTE = "POST /v1/invitations/{token}/accept"


def _sample(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


_READ, _ACCEPT = _sample("connections"), _sample("invite-accept")


def _event(sample, route, person, parameters):
    event = copy.deepcopy(sample)
    method, template = route.split(" ")
    for name, value in parameters.items():
        template = template.replace(f"{{{name}}}", value)
    event["routeKey"] = event["requestContext"]["routeKey"] = route
    event["rawPath"] = event["requestContext"]["http"]["path"] = template
    event["requestContext"]["http"]["method"] = method
    event["pathParameters"] = parameters
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    claims.update(iss=seed.ISSUER, sub=person, email=f"{person}@example.com")
    return event


def read(partner=seed.PARTNER, customer=seed.READ, *, person=seed.PERSON, language="ja"):
    """A partner reads one customer."""
    parameters = {"partner": seed.account_id(partner), "customer": seed.account_id(customer)}
    event = _event(_READ, READ_ROUTE, person, parameters)
    event["rawQueryString"] = ""
    event.pop("queryStringParameters", None)
    event["headers"]["accept-language"] = language
    return event


def accept(customer, *, link=seed.PARTNER, person=seed.PERSON, key=None, language="ja", **body):
    """A customer accepts a partner's invitation, under a key of its own unless one is named."""
    token = link if isinstance(link, str) else seed.token(link)
    event = _event(_ACCEPT, ACCEPT_ROUTE, person, {"token": token})
    event["body"] = json.dumps({"accountId": seed.account_id(customer), **body})
    event["isBase64Encoded"] = False
    event["headers"]["accept-language"] = language
    event["headers"]["idempotency-key"] = key or f"accept-{customer}"
    event["headers"]["content-length"] = str(len(event["body"]))
    return event

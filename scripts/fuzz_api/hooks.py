"""Hooks of Schemathesis: real ids, the caller that each operation needs, and a record of answers."""

import json
import os
import sys
import urllib.parse
from pathlib import Path

import schemathesis
from schemathesis.core.parameters import ParameterLocation

sys.path.insert(0, str(Path(__file__).parent))
import document  # noqa: E402
from server import Api  # noqa: E402

FOLDER = Path(os.environ["FUZZ_FOLDER"])
SENSIBLE = os.environ["FUZZ_PASS"] == "sensible"
WORLD = json.loads((FOLDER / "world.json").read_text())
BULK = {"put_orders", "put_entitlements", "publish_notifications", "take_usage_events"}
ANSWERS = (FOLDER / "answers.tsv").open("a", buffering=1)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    document.stripped(raw_schema)
    document.with_bearers(raw_schema)
    document.with_real_paths(raw_schema, WORLD, also_named=SENSIBLE)
    if SENSIBLE:
        document.Sensible(raw_schema, WORLD).apply()


@schemathesis.auth(refresh_interval=None, cache_by_key=lambda case, context: token(case))
class Caller:
    """Who may ask: the platform, an account's administrator, a session, a resource location."""

    def get(self, case, context):
        return token(case)

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


def token(case):
    operation = case.operation.definition.raw
    schemes = [name for one in operation.get("security", []) for name in one]
    if operation["operationId"] in WORLD:
        return WORLD[operation["operationId"]]
    if schemes != ["console"]:
        return WORLD[schemes[0]] if schemes else None
    parts = case.path.split("/")
    acting = (case.path_parameters or {}).get(parts[3].strip("{}")) if len(parts) > 3 else None
    return WORLD["callers"].get(acting, WORLD["console"])


@schemathesis.hook
def before_call(context, case, kwargs):
    """A ticket lives for a minute and is good once: a fresh one for each redemption that makes sense."""
    if SENSIBLE and case.operation.definition.raw["operationId"] == "redeem_launch" and isinstance(case.body, dict):
        case.body["ticket"] = fresh_ticket(case.operation.schema.get_base_url())


def fresh_ticket(base):
    session = Api(base.rstrip("/"), WORLD["session"])
    resource = session.items("/v1/workspaces/demo-dedicated/resources")[0]["resourceId"]
    launch = session.post(f"/v1/workspaces/demo-dedicated/resources/{resource}/launch", {})
    return urllib.parse.parse_qs(urllib.parse.urlparse(launch["url"]).query)["ticket"][0]


@schemathesis.check
def refused_elements(context, response, case):
    """Bulk routes answer 200 and judge each element: what is wrong is told of by its index."""
    name = case.operation.definition.raw["operationId"]
    wrong = case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY)
    if name in BULK and wrong and response.status_code == 200:
        answer = response.json()
        verdicts = answer.get("rejected", []) + [one for one in answer.get("results", []) if one["status"] >= 400]
        if not verdicts:
            raise AssertionError("An element that violates the schema was accepted")


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw["operationId"]
    print(name, response.request.method, response.status_code, sep="\t", file=ANSWERS)

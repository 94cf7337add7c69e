"""The table: the three calls that both jobs are made of. Each counts what it consumed."""

import os
import random
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config

TABLE = os.environ["TABLE_NAME"]
ATTEMPTS = 8
PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

# Made once per environment, as everybody advises.
CLIENT = boto3.client(
    "dynamodb",
    config=Config(
        connect_timeout=1,
        read_timeout=1.5,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    ),
)
CANCELLED = CLIENT.exceptions.TransactionCanceledException

to_attribute = TypeSerializer().serialize
from_attribute = TypeDeserializer().deserialize

# What the present request has consumed: an environment answers one at a time.
consumed = {"read": 0.0, "write": 0.0}


def count(kind, capacity):
    """Adds what a call says that it consumed."""
    for one in capacity if isinstance(capacity, list) else [capacity or {}]:
        consumed[kind] += one.get("CapacityUnits", 0)


def pause(attempt):
    """Waits a random time that grows."""
    time.sleep(random.random() * min(0.4, 0.02 * 2**attempt))


def encode(item):
    """An item's attributes as DynamoDB takes them."""
    return {name: to_attribute(value) for name, value in item.items()}


def known(item, entity):
    """The item as it was written, of the kind that is expected."""
    if item is None:
        return None
    decoded = {name: from_attribute(value) for name, value in item.items()}
    if decoded["entity"] != entity or decoded["v"] > 1:
        raise RuntimeError(f"{entity} expected")
    return decoded


def get(key, entity):
    """Reads one item, strongly consistent."""
    answer = CLIENT.get_item(
        TableName=TABLE, Key=encode(key), ConsistentRead=True, ReturnConsumedCapacity="TOTAL"
    )
    count("read", answer.get("ConsumedCapacity"))
    return known(answer.get("Item"), entity)


def batch_get(wanted):
    """Reads items together, strongly consistent: what is left unprocessed is asked for again."""
    found = {}
    left = [encode(key) for key in wanted]
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(attempt)
        answer = CLIENT.batch_get_item(
            RequestItems={TABLE: {"Keys": left, "ConsistentRead": True}},
            ReturnConsumedCapacity="TOTAL",
        )
        count("read", answer.get("ConsumedCapacity"))
        for item in answer["Responses"].get(TABLE, []):
            found[item["PK"]["S"], item["SK"]["S"]] = item
        left = answer.get("UnprocessedKeys", {}).get(TABLE, {}).get("Keys", [])
        if not left:
            return lambda key, entity: known(found.get((key["PK"], key["SK"])), entity)
    raise RuntimeError("keys are still unprocessed")


def on_table(action):
    """An action as the client takes it: key or item and values encoded, the table named."""
    [(kind, one)] = action.items()
    encoded = {"TableName": TABLE, **one}
    for part in ("Key", "Item", "ExpressionAttributeValues"):
        if part in one:
            encoded[part] = encode(one[part])
    return {kind: encoded}


def transact(actions):
    """Does all of it or nothing.

    Gives the places of the actions whose conditions failed: none where it is done. What merely
    collided is tried again.
    """
    named = [on_table(action) for action in actions]
    for attempt in range(ATTEMPTS):
        try:
            answer = CLIENT.transact_write_items(
                TransactItems=named, ReturnConsumedCapacity="TOTAL"
            )
        except CANCELLED as error:
            codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
            failed = [at for at, code in enumerate(codes) if code == "ConditionalCheckFailed"]
            if failed:
                return failed
            if not PASSING.intersection(codes) or attempt + 1 == ATTEMPTS:
                raise
            pause(attempt)
        else:
            count("write", answer.get("ConsumedCapacity"))
            return []
    raise RuntimeError("conflicts beyond all retries")


def until_settled(attempt):
    """Decides a change that others may race: an attempt gives None where it is to look again."""
    for tried in range(ATTEMPTS):
        settled = attempt()
        if settled is not None:
            return settled
        pause(tried)
    raise RuntimeError("others were faster again and again")

"""DynamoDB Local for one run, and tables in it."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".local" / "dynamodb-local"
LOG = ROOT / ".local" / "bench-peers-dynamodb.log"
REGION = "ap-northeast-1"
# DynamoDB Local takes any; letters and digits alone.
IDENTITY = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}


def listens(port):
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port():
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, seconds=30):
    """Waits until a process listens."""
    until = time.monotonic() + seconds
    while not listens(port):
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"ERROR: nothing listens on port {port}")
        time.sleep(0.002)


def fetch():
    """Fetches the server by Maven, as scripts/test.sh does, unless it is there."""
    mark, pom = FOLDER / ".complete", ROOT / "tools" / "pom.xml"
    if mark.exists() and mark.stat().st_mtime > pom.stat().st_mtime:
        return
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            raise SystemExit(
                f"ERROR: {tool} is not installed (DynamoDB Local needs Java 17 and Maven)"
            )
    shutil.rmtree(FOLDER, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={FOLDER}"]
    subprocess.run([*command, *options], check=True)
    mark.touch()


class Database:
    """A server in memory that ends with the run."""

    def __init__(self):
        fetch()
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        main = "software.amazon.dynamodb.services.local.main.ServerRunner"
        library, path = f"-Djava.library.path={FOLDER}", f"{FOLDER}/*"
        command = ["java", "-Xmx1g", library, "-cp", path, main]
        options = ["-inMemory", "-disableTelemetry", "-port", str(self.port)]
        with LOG.open("w") as log:
            self.process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
        wait_for(self.port, self.process)
        os.environ.update(IDENTITY, AWS_EC2_METADATA_DISABLED="true")
        self.client = boto3.client("dynamodb", endpoint_url=self.endpoint)

    def stop(self):
        """Ends the server."""
        self.process.terminate()
        self.process.wait()

    def table(self, name, items):
        """A table of the deployment's form with these items in it; one of that name goes first."""
        if name in self.client.list_tables()["TableNames"]:
            self.client.delete_table(TableName=name)
        names = ("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK")

        def keys(pk, sk):
            hashed = {"AttributeName": pk, "KeyType": "HASH"}
            return [hashed, {"AttributeName": sk, "KeyType": "RANGE"}]

        self.client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            KeySchema=keys("PK", "SK"),
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": keys(f"{index}PK", f"{index}SK"),
                    "Projection": {"ProjectionType": "ALL"},
                }
                for index in ("GSI1", "GSI2")
            ],
        )
        for at in range(0, len(items), 25):
            puts = [{"PutRequest": {"Item": item}} for item in items[at : at + 25]]
            left = self.client.batch_write_item(RequestItems={name: puts})["UnprocessedItems"]
            if left:
                raise SystemExit("ERROR: DynamoDB Local left items unprocessed")

    def items(self, name):
        """All items of a table by their keys."""
        found = {}
        for page in self.client.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                found[item["PK"]["S"], item["SK"]["S"]] = item
        return found

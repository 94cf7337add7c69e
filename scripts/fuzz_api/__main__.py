"""Schemathesis against the local server: `make schemathesis`.

Rounds in an order in which none takes the ground from under the next one. Each is made twice: with
anything at all, and with values that are valid, so that requests get behind the first look at them.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from server import Api, Server
from world import prepared

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "schemathesis"
# What ends, narrows or empties stands last.
ENDS = (
    "change_shares|set_resources|end_user_sessions|end_member_sessions|release_.*|delete_.*|remove_.*"
    "|withdraw_.*|end_as_.*|unblock_.*"
)
READS = ["--include-method", "GET"]
WRITES = ["--exclude-method", "GET", "--exclude-operation-id-regex", f"^({ENDS})$"]
LAST = ["--exclude-method", "GET", "--include-operation-id-regex", f"^({ENDS})$"]
ROUNDS = [
    ("reads", READS, "anything"),
    ("reads", READS, "sensible"),
    ("writes", WRITES, "sensible"),
    ("writes", WRITES, "anything"),
    ("ends", LAST, "sensible"),
    ("ends", LAST, "anything"),
]


def main():
    arguments = parsed()
    # Being told to end is no reason to leave the server behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    server = Server(arguments.server, FOLDER)
    try:
        (FOLDER / "world.json").write_text(json.dumps(prepared(Api(server.base))))
        failed = [name for name in map(lambda one: run(server, arguments, *one), ROUNDS) if name]
    finally:
        server.stop()
    judged(failed, server, arguments.seed)


def parsed():
    epilog = "Whatever else is given goes to `schemathesis run`, such as --phases fuzzing."
    parser = argparse.ArgumentParser(prog="make schemathesis", description=__doc__, epilog=epilog)
    parser.add_argument("--server", required=True, help="the built local server")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same requests")
    parser.add_argument("--examples", type=int, default=20, help="cases of each operation, round and pass")
    arguments, more = parser.parse_known_args()
    arguments.more = more
    return arguments


def run(server, arguments, name, selected, kind):
    """One pass of a round; its name if there was a finding."""
    title = f"{name}-{kind}"
    print(f"== {title}, seed {arguments.seed} ==", flush=True)
    tool = Path(sys.executable).parent / "schemathesis"
    command = [tool, "--config-file", "tools/schemathesis.toml", "run", "openapi.json", "--url", server.base]
    command += ["--mode", "positive" if kind == "sensible" else "all"]
    command += ["--seed", str(arguments.seed), "--max-examples", str(arguments.examples)]
    command += ["--report", "ndjson", "--report-ndjson-path", FOLDER / f"{title}.ndjson"]
    command += selected + arguments.more
    environment = os.environ | {"FUZZ_FOLDER": str(FOLDER), "FUZZ_PASS": kind}
    done = subprocess.run(command, cwd=ROOT, env=environment)
    return title if done.returncode else None


def judged(failed, server, seed):
    """Tells how far the requests came, and ends with 1 where something was found."""
    counts = defaultdict(Counter)
    for line in (FOLDER / "answers.tsv").read_text().splitlines():
        name, _, status = line.split("\t")
        counts[name][status] += 1
    total = sum(map(Counter.total, counts.values()))
    print(f"{total} requests to {len(counts)} operations; the log is {server.log}")
    never = sorted(name for name, seen in counts.items() if not any(status < "300" for status in seen))
    if never:
        print("never successful:", ", ".join(f"{name} {dict(counts[name])}" for name in never))
    errors = server.errors()
    for line in errors[:20]:
        print("ERROR in the log:", line)
    if failed or errors:
        print(f"FOUND something in {', '.join(failed) or 'the log'}; --seed {seed} repeats it", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

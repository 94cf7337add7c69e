"""Measures ours against the same two jobs in Node and Python, and against a bare function in Rust.

`make bench-peers`. No figure is a test. That all do the same is one: else the run ends.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from harness import events, process, same, seed
from harness.database import ROOT, Database
from harness.emulator import Emulator, Function, until_ready
from harness.figures import HELLO, NODE, OURS, PYTHON, goals, table
from harness.proxy import Proxy

HERE = Path(__file__).resolve().parent
# Where `make bench-peers` builds the bare function: apart from those that are deployed.
HELLOS = ROOT / "target" / "peers"
# Calls before those that count: connections, caches and compilers of everybody settle.
SETTLING = 20
JOBS = {
    same.READ: (f"Read one connection: {events.READ_ROUTE}", "connections"),
    same.ACCEPT: (f"Accept an invitation: {events.ACCEPT_ROUTE}", "invite-accept"),
}


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cold", type=int, default=10, help="first responses of each")
    parser.add_argument("--warm", type=int, default=200, help="warm requests of each")
    parser.add_argument(
        "--only", default=f"{OURS},{HELLO},{NODE},{PYTHON}", help="whom to measure, by commas"
    )
    parser.add_argument("--binaries", type=Path, default=ROOT / "target" / "lambda", help="ours")
    return parser.parse_args()


def functions(job, wanted, binaries):
    """Who does a job, in the order in which they take turns."""
    name = JOBS[job][1]
    script = ROOT / ".local" / "peers" / "node" / f"{name}.cjs"
    module = f"peer.{name.replace('-', '_')}.handler"
    python = {"PYTHONPATH": str(HERE / "python"), "LAMBDA_TASK_ROOT": str(HERE / "python")}
    python["_HANDLER"] = module
    everybody = {
        OURS: lambda: Function(f"{OURS}-{name}", (str(binaries / name / "bootstrap"),), {}),
        HELLO: lambda: Function(HELLO, (str(HELLOS / "tsunagu-hello" / "bootstrap"),), {}),
        NODE: lambda: Function(
            f"{NODE}-{name}",
            ("node", str(HERE / "node" / "src" / "runtime.js"), str(script)),
            # A warning that it would otherwise make, and pay for, with every start.
            {"AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"},
        ),
        PYTHON: lambda: Function(
            f"{PYTHON}-{name}", (sys.executable, "-m", "awslambdaric", module), python
        ),
    }
    return {who: make() for who, make in everybody.items() if who in wanted}


class Bench:
    """One run."""

    def __init__(self, options, database, binaries):
        self.options = options
        self.database = database
        self.binaries = binaries
        self.wanted = set(options.only.split(","))
        self.customers = options.cold + 2 * (options.warm + SETTLING) + 10

    def event(self, job, number):
        """The request of a job; an acceptance needs a customer of its own."""
        return events.read() if job == same.READ else events.accept(seed.CUSTOMERS + number)

    def check(self):
        """Ends the run where somebody does not do the same as the first."""
        seen = {}
        everybody = {job: functions(job, self.wanted - {HELLO}, self.binaries) for job in JOBS}
        for who in everybody[same.READ]:
            self.database.table(who, seed.items(10))
            endpoint = self.database.endpoint
            one, other = everybody[same.READ][who], everybody[same.ACCEPT][who]
            with (
                Emulator(one, endpoint, who) as reading,
                Emulator(other, endpoint, who) as accepting,
            ):
                calls = {same.READ: reading.call, same.ACCEPT: accepting.call}
                seen[who] = same.observe(
                    lambda job, event, calls=calls: calls[job](event)[0], self.database, who
                )
        first, *others = seen
        for who in others:
            found = same.differences(seen[first], seen[who])
            if found:
                lines = "\n  ".join(found)
                raise SystemExit(f"ERROR: {who} does not do the same as {first}:\n  {lines}")
        count, names = len(same.requests()), ", ".join(seen)
        print(f"The same answers to {count} requests, and the same items after them: {names}.\n")

    def measure(self, job):
        """The figures of a job."""
        who = functions(job, self.wanted, self.binaries)
        measured = {name: {} for name in who}
        for name in who:
            self.database.table(name, seed.items(self.customers))
        self.first(job, who, measured)
        warm = {name: function for name, function in who.items() if name != HELLO}
        self.warm(job, warm, measured)
        self.proxied(job, warm, measured)
        return measured

    def first(self, job, who, measured):
        """First responses, all taking turns. The first round fills caches and counts for nobody."""
        endpoint = self.database.endpoint
        for number in range(self.options.cold + 1):
            for name, function in who.items():
                ready_cpu, ready = until_ready(function, endpoint, name)
                with Emulator(function, endpoint, name) as emulator:
                    _, first = emulator.call(self.event(job, number))
                    found = {"ready_cpu": ready_cpu, "ready": ready, "first": first}
                    found["first_cpu"] = process.cpu(emulator.pid)
                if number:
                    for what, value in found.items():
                        measured[name].setdefault(what, []).append(value)

    def warm(self, job, who, measured):
        """Warm requests, all taking turns call by call."""
        start = self.options.cold + 1
        took = {name: [] for name in who}
        with ExitStack() as stack:
            up = {
                name: stack.enter_context(Emulator(one, self.database.endpoint, name))
                for name, one in who.items()
            }
            for number in range(SETTLING + self.options.warm):
                for name, emulator in up.items():
                    if number == SETTLING:
                        measured[name]["warm_cpu"] = process.cpu(emulator.pid)
                    answer, time = emulator.call(self.event(job, start + number))
                    expect_done(name, job, answer)
                    took[name].append(time)
            for name, emulator in up.items():
                found = measured[name]
                spent = process.cpu(emulator.pid) - found["warm_cpu"]
                found["warm_cpu"] = spent / self.options.warm
                found["warm"] = took[name][SETTLING:]
                found["handler"] = emulator.latencies()[SETTLING:]
                found["peak"] = process.peak(emulator.pid)

    def proxied(self, job, who, measured):
        """The same, whose calls of the database are measured on their way."""
        start = self.options.cold + 1 + SETTLING + self.options.warm
        proxies = {name: Proxy(self.database.port) for name in who}
        calls = {name: [] for name in who}
        with ExitStack() as stack:
            up = {
                name: stack.enter_context(Emulator(one, proxies[name].endpoint, name))
                for name, one in who.items()
            }
            for number in range(SETTLING + self.options.warm):
                for name, emulator in up.items():
                    answer, _ = emulator.call(self.event(job, start + number))
                    expect_done(name, job, answer)
                    calls[name].append(proxies[name].taken())
            for name, emulator in up.items():
                found = measured[name]
                found["proxied"] = emulator.latencies()[SETTLING:]
                counted = calls[name][SETTLING:]
                found["calls"] = [spent for spent, _ in counted]
                found["count"] = sorted({count for _, count in counted})


def expect_done(name, job, answer):
    """What is measured is what was asked."""
    if answer["statusCode"] != (200 if job == same.READ else 201):
        raise SystemExit(f"ERROR: {name} answers {answer['statusCode']}: {answer.get('body')}")


def machine():
    """On what this run was."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":")[1].strip() for line in lines if "model name" in line]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    versions = f"Node {told.stdout.strip()}, Python {sys.version.split()[0]}"
    return f"{(models or ['?'])[0]}, {os.cpu_count()} cores, load {load}; {versions}"


def main():
    """The run."""
    options = arguments()
    database = Database()
    try:
        bench = Bench(options, database, options.binaries)
        print(
            f"{machine()}\n{options.cold} first responses, {options.warm} warm requests of each.\n"
        )
        bench.check()
        for job, (title, _) in JOBS.items():
            measured = bench.measure(job)
            print(table(title, measured))
            counts = {name: found["count"] for name, found in measured.items() if "count" in found}
            told = ", ".join(f"{name} {count}" for name, count in counts.items())
            print(f"  DynamoDB calls of a warm request: {told}\n\n{goals(measured)}\n")
    finally:
        database.stop()


if __name__ == "__main__":
    main()

"""What 1,000 customers cost a month: measured units and calls, times an activity, times prices.

Units and calls come from the snapshots that the tests hold (tests/tests/capacity/snapshots), what
is watched from template.yaml. The activity, the prices and what is assumed of Lambda stand below,
and `--set NAME=VALUE` puts another value. docs/cost.md tells what is in and what is not.
"""

import argparse
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "tests" / "tests" / "capacity" / "snapshots"
TEMPLATE = ROOT / "template.yaml"

# US dollars, Asia Pacific (Tokyo), on demand, without free tiers, as remembered of AWS's public
# price lists in November 2026: to be checked before anybody relies on them.
PRICES = {
    "million_writes": 0.715,
    "million_reads": 0.1425,
    "table_gb": 0.285,
    "backup_gb": 0.228,
    "million_invocations": 0.20,
    "lambda_gb_second": 0.0000133334,
    "million_http_requests": 1.29,
    "log_gb": 0.76,
    "metric": 0.30,
    "alarm_metric": 0.10,
    "dashboard": 3.00,
    "key": 1.00,
}

# What is assumed, and can be set.
ASSUMED = {
    "customers": 1000,
    # Each customer has one partner.
    "customers_of_partner": 40,
    "partner_administrators": 4,
    "working_days": 21,
    "customer_administrators": 2,
    "users_of_customer": 50,
    "tickets_of_customer": 1,
    "notifications_of_customer": 4,
    # Of 100 customers, how many connect anew and how many end in a month.
    "connect_percent": 5,
    "end_percent": 2,
    # One call of DynamoDB as a function sees it.
    "call_ms": 5.0,
    # Own CPU of a request, by `make bench-peers`: a warm read 1.26, an acceptance 2.12; most read.
    "own_cpu_ms": 1.3,
    # Of 100 requests, how many meet a new environment.
    "cold_percent": 2,
    # CPU to its first response: 6.6 to 7.1 by `make bench-peers`, and TLS, about 1.5, by
    # `make bench ARGS=startup`.
    "cold_cpu_ms": 8.0,
    "memory_mb": 512,
    # Lambda gives a whole processor at this memory, and a share of it below.
    "memory_of_processor_mb": 1769,
    # The line of an invocation with its metrics about 1,000, Lambda's own two and the gateway's.
    "log_bytes": 2000,
    "kb_of_customer": 400,
    # Metrics are paid for by the hour in which they are sent: codes of problems in a usual hour.
    "problem_metrics": 5,
    # What Lambda tells of the stream's event source, by its `EventCount`.
    "event_source_metrics": 6,
}

ROW = re.compile(
    r"^(?P<name>.+?)\s+(?P<numbers>[\d.]+(?:\s+[\d.]+)*)(?:\s{2}(?P<calls>[A-Z\d].*))?$"
)


class Measured:
    """What a request consumed: read and write units, the permission check with it, and calls."""

    def __init__(self, read, write, calls):
        self.read, self.write, self.calls = read, write, calls

    def part(self, count):
        """The same of one of several things that it was for."""
        return Measured(self.read / count, self.write / count, self.calls / count)


def calls_of(text):
    """How many calls a row lists, such as `BatchGetItem 4, GetItem` or `3 × Query`."""
    times = [re.match(r"(\d+) × ", call) for call in text.split(", ")] if text else []
    return sum(int(found[1]) if found else 1 for found in times)


def snapshot(name, columns):
    """The rows of a snapshot by their names, the first of each; `columns` names the numbers."""
    rows = {}
    text = (SNAPSHOTS / f"capacity__{name}.snap").read_text(encoding="utf-8")
    for line in text.split("---\n", 2)[2].splitlines():
        found = ROW.match(line)
        if found:
            numbers = dict(zip(columns, map(float, found["numbers"].split()), strict=False))
            read = numbers["read"] + numbers.get("check", 0)
            row = Measured(read, numbers["write"], calls_of(found["calls"]))
            rows.setdefault(found["name"].strip(), row)
    return rows


def activity(assumed):
    """What happens in a month: a title, how often, whether by the gateway, and what it consumes.

    Fractions of a thing are as good as things: it is a mean of many months.
    """
    of = snapshot("requests__requests", ("check", "read", "write"))
    fold = snapshot("fold__fold", ("read", "write"))
    intake = snapshot("fold__intake", ("read", "write"))
    dashboard = snapshot("dashboard__dashboard_100", ("check", "read", "write"))
    # Rows without calls: a page of the dashboard asks as the one of `requests` does.
    page, search = dashboard["dashboard"], dashboard["dashboard, search"]
    page.calls = search.calls = of["dashboard, sorted"].calls
    per_thousand = intake["1,000 usage events, first"]
    per_thousand.calls = 1000 / 25
    ten = fold["user: 10 known users, one day"]
    # A fold reads its facts and writes them in transactions of up to 100 actions.
    ten.calls = 10
    idle = of["run, idle"]

    customers = assumed["customers"]
    partners = customers / assumed["customers_of_partner"]
    days = partners * assumed["partner_administrators"] * assumed["working_days"]
    visits = customers * assumed["customer_administrators"] * 4
    tickets = customers * assumed["tickets_of_customer"]
    notices = customers * assumed["notifications_of_customer"]
    events = customers * assumed["users_of_customer"] * assumed["working_days"]
    connects = customers * assumed["connect_percent"] / 100
    ends = customers * assumed["end_percent"] / 100
    told = days * 16
    return (
        ("partner: dashboard, 5 a day", days * 5, True, page),
        ("partner: searched or sorted, 2 a day", days * 2, True, search),
        ("partner: one customer, 10 a day", days * 10, True, of["get a customer"]),
        ("partner: its licences, 4 a day", days * 4, True, of["a customer's licenses"]),
        ("partner: its trends, 2 a day", days * 2, True, of["a customer's trends"]),
        ("partner: all notifications, 6 a day", days * 6, True, of["customer notifications"]),
        ("partner: all tickets, 6 a day", days * 6, True, of["customer tickets"]),
        ("partner: comments, 1 a day", days, True, of["comment for a customer"]),
        ("partner: dismisses, 1 a day", days, True, of["dismiss a customer's"]),
        ("partners' reads, counted", told, False, of["count further reads"]),
        ("customer: account, 4 visits", visits, True, of["get an account"]),
        ("customer: licences", visits, True, of["licenses"]),
        ("customer: trends", visits, True, of["trends, 12 months"]),
        ("customer: partners", visits, True, of["list partners"]),
        ("customer: notifications", visits, True, of["notifications"]),
        ("customer: tickets", visits, True, of["tickets"]),
        ("invitations shown, 2 a connection", connects * 2, True, of["show an invitation"]),
        ("connections accepted", connects, True, of["accept"]),
        ("their feeds filled", connects, False, of["change feed, a connection again"]),
        ("connections ended", ends, True, of["end as customer"]),
        ("tickets opened", tickets, True, of["open a ticket"]),
        ("comments, 3 a ticket", tickets * 3, True, of["comment on a ticket"]),
        ("updates by the vendor, 2 a ticket", tickets * 2, True, of["update a ticket"]),
        ("copies of tickets, 6 a ticket", tickets * 6, False, of["change feed, a ticket"]),
        ("notifications published", notices, True, of["publish"]),
        ("copies of notifications", notices, False, of["change feed, a notification"]),
        ("counts of feeds", tickets * 6 + notices, False, of["change feed, an entry"]),
        ("entitlements put, 1 in 5 customers", customers / 5, True, of["put an entitlement"]),
        ("orders put, 1 in 5 customers", customers / 5, True, of["put an order"]),
        ("usage events, 1,000 a call", events / 1000, True, per_thousand),
        ("usage folded, a user-day", events, None, ten.part(10)),
        ("scheduled runs, one an hour", 730, False, idle),
    )


def lambda_seconds(times, row, assumed):
    """Seconds billed for invocations: calls one after another, own CPU at its share."""
    share = min(1, assumed["memory_mb"] / assumed["memory_of_processor_mb"])
    own = assumed["own_cpu_ms"] + assumed["cold_percent"] / 100 * assumed["cold_cpu_ms"]
    return times * (row.calls * assumed["call_ms"] + own / share) / 1000


def watched():
    """What is watched of a stack, whatever is done with it: metrics of functions, metrics that
    alarms look at (each of them is paid for, not the alarm), dashboards.
    """
    resources = TEMPLATE.read_text(encoding="utf-8").split("\nResources:\n", 1)[1]
    blocks = re.split(r"\n(?=  \w+:)", resources)
    functions = [block for block in blocks if "Type: AWS::Serverless::Function" in block]
    of_requests = sum("Type: HttpApi" in block for block in functions)
    # One function logs nothing, and has no table.
    of_runs = sum("TABLE_NAME" in block for block in functions) - of_requests
    alarms = [block for block in blocks if "Type: AWS::CloudWatch::Alarm" in block]
    dashboards = sum("Type: AWS::CloudWatch::Dashboard" in block for block in blocks)
    # docs/operations/README.md names them: five of requests, six of runs, and two that lag.
    metrics = 5 * of_requests + 6 * of_runs + 2
    return metrics, sum(block.count("MetricName:") for block in alarms), dashboards


def setting(text):
    """Reads `NAME=VALUE`."""
    name, _, value = text.partition("=")
    if name not in ASSUMED and name not in PRICES:
        known = ", ".join([*ASSUMED, *PRICES])
        raise argparse.ArgumentTypeError(f"{name} is none of {known}")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: NAME=VALUE with a number is needed") from None


def main():
    """Prints the month."""
    parser = argparse.ArgumentParser(
        prog="make costs ARGS=…",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="names: " + ", ".join([*ASSUMED, *PRICES]),
    )
    parser.add_argument(
        "--set", metavar="NAME=VALUE", type=setting, nargs="+", action="extend", default=[]
    )
    given = dict(parser.parse_args().set)
    assumed = {name: given.get(name, value) for name, value in ASSUMED.items()}
    prices = {name: given.get(name, value) for name, value in PRICES.items()}

    print(f"A month of {assumed['customers']:,.0f} customers\n")
    print(f"{'what':38}{'times':>12}{'reads':>12}{'writes':>12}{'seconds':>10}")
    reads = writes = seconds = http = invocations = 0
    for title, times, by_gateway, row in activity(assumed):
        spent = lambda_seconds(times, row, assumed)
        if by_gateway is None:
            # A part of the scheduled runs, no invocation of its own.
            spent = times * row.calls * assumed["call_ms"] / 1000
        else:
            invocations += times
            http += times if by_gateway else 0
        reads, writes = reads + times * row.read, writes + times * row.write
        seconds += spent
        units = f"{times * row.read:>12,.0f}{times * row.write:>12,.0f}"
        print(f"{title:38}{times:>12,.0f}{units}{spent:>10,.0f}")
    print(f"{'':38}{'':>12}{reads:>12,.0f}{writes:>12,.0f}{seconds:>10,.0f}\n")

    gb = assumed["customers"] * assumed["kb_of_customer"] / 1e6
    gb_seconds = seconds * assumed["memory_mb"] / 1024
    metrics, alarm_metrics, dashboards = watched()
    metrics += assumed["problem_metrics"] + assumed["event_source_metrics"]
    bill = (
        ("DynamoDB writes", writes / 1e6, prices["million_writes"], "million"),
        ("DynamoDB reads", reads / 1e6, prices["million_reads"], "million"),
        ("DynamoDB storage", gb, prices["table_gb"], "GB"),
        ("point-in-time recovery", gb, prices["backup_gb"], "GB"),
        ("Lambda, time", gb_seconds, prices["lambda_gb_second"], "GB s"),
        ("Lambda, invocations", invocations / 1e6, prices["million_invocations"], "million"),
        ("API Gateway", http / 1e6, prices["million_http_requests"], "million"),
        ("logs", invocations * assumed["log_bytes"] / 1e9, prices["log_gb"], "GB"),
        ("metrics of ours", metrics, prices["metric"], ""),
        ("metrics of alarms", alarm_metrics, prices["alarm_metric"], ""),
        ("dashboard", dashboards, prices["dashboard"], ""),
        ("key of directories", 1, prices["key"], ""),
    )
    for title, amount, price, unit in bill:
        print(f"{title:26}{amount:>12,.3f} {unit:8}x {price:<14g}{amount * price:>9.2f} USD")
    total = sum(amount * price for _, amount, price, _ in bill)
    print(f"{'together':26}{'':>12} {'':8}  {'':14}{total:>9.2f} USD")


if __name__ == "__main__":
    main()

"""Figures as a table with ratios, and the goals."""

import math
from statistics import median

OURS, HELLO, NODE, PYTHON = "ours", "hello", "node", "python"
COLUMNS = (OURS, HELLO, NODE, PYTHON)


def p99(values):
    """The value that 99 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]


# What is printed, in this order: a title, and how it follows from what was measured.
ROWS = (
    ("CPU until ready, ms", lambda m: median(m["ready_cpu"])),
    ("time until ready, ms", lambda m: median(m["ready"])),
    ("CPU to the first response, ms", lambda m: median(m["first_cpu"])),
    ("first response, ms", lambda m: median(m["first"])),
    ("warm p50, ms", lambda m: median(m["warm"])),
    ("warm p99, ms", lambda m: p99(m["warm"])),
    ("warm p50 in the handler, ms", lambda m: median(m["handler"])),
    ("warm p99 in the handler, ms", lambda m: p99(m["handler"])),
    ("CPU of a warm request, ms", lambda m: m["warm_cpu"]),
    ("peak memory, MB", lambda m: m["peak"]),
    ("handler through the proxy p50, ms", lambda m: median(m["proxied"])),
    ("its DynamoDB calls p50, ms", lambda m: median(m["calls"])),
    ("handler to its calls (p50)", lambda m: median(m["proxied"]) / median(m["calls"])),
)


def values(measured):
    """The figures of one implementation, as far as they were measured."""
    found = {}
    for title, figure in ROWS:
        try:
            found[title] = figure(measured)
        except KeyError:
            found[title] = None
    return found


def number(value):
    """A figure with three places, or a dash."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value, to):
    """How many times a figure is another."""
    return "-" if value is None or not to else f"{value / to:.1f}x"


def table(title, measured):
    """The table of one job."""
    all_values = {name: values(measured.get(name, {})) for name in COLUMNS}
    head = ["", *COLUMNS, "node/ours", "python/ours", "ours/hello"]
    lines = [head]
    for row, _ in ROWS:
        cells = {name: all_values[name][row] for name in COLUMNS}
        if all(cell is None for cell in cells.values()):
            continue
        ours, hello = cells[OURS], cells[HELLO]
        ratios = [ratio(cells[NODE], ours), ratio(cells[PYTHON], ours)]
        ratios.append("-" if hello is None or ours is None else f"{ours / hello:.2f}x")
        lines.append([row, *(number(cells[name]) for name in COLUMNS), *ratios])
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    text = [title]
    for line in lines:
        first = line[0].ljust(widths[0])
        rest = "  ".join(
            cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)
        )
        text.append(f"  {first}  {rest}".rstrip())
    return "\n".join(text)


def goals(measured):
    """Each goal, and whether it is met: these are figures of one run, no test."""
    of = {name: values(measured.get(name, {})) for name in COLUMNS}

    def of_both(row, one, other):
        top, bottom = of[one][row], of[other][row]
        return None if top is None or not bottom else top / bottom

    ready, memory = "CPU until ready, ms", "peak memory, MB"
    first, to_calls = "first response, ms", "handler to its calls (p50)"
    wanted = (
        ("init CPU, node to ours", of_both(ready, NODE, OURS), ">=", 10),
        ("init CPU, python to ours", of_both(ready, PYTHON, OURS), ">=", 15),
        ("memory, ours to node", of_both(memory, OURS, NODE), "<=", 1 / 3),
        ("memory, ours to python", of_both(memory, OURS, PYTHON), "<=", 1 / 3),
        ("first response, ours to hello", of_both(first, OURS, HELLO), "<=", 1.5),
        ("warm p50, ours to its DynamoDB calls", of[OURS][to_calls], "<=", 1.2),
    )
    lines = []
    for name, value, sign, goal in wanted:
        if value is None:
            word = "not measured"
        else:
            word = "met" if (value >= goal if sign == ">=" else value <= goal) else "NOT MET"
        shown = "-" if value is None else f"{value:.2f}"
        lines.append(f"  {name.ljust(38)} {shown.rjust(7)}  goal {sign} {goal:.2f}  {word}")
    return "\n".join(lines)

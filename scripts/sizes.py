"""Prints how large each function's bootstrap is, as it is and packed as `sam package` packs it; fails
above the budgets. Sizes are what a cold start fetches and maps."""

import io
import sys
import zipfile
from pathlib import Path

LAMBDA = Path(__file__).resolve().parent.parent / "target" / "lambda"
MB = 1_000_000
BUDGET_RAW = 10 * MB
BUDGET_PACKED = 4.5 * MB


def packed(bootstrap: Path) -> int:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bootstrap, "bootstrap")
    return len(memory.getvalue())


def main() -> int:
    bootstraps = sorted(LAMBDA.glob("*/bootstrap"))
    if not bootstraps:
        print(f"ERROR: no bootstrap in {LAMBDA.relative_to(Path.cwd())}: make build", file=sys.stderr)
        return 1
    over = []
    print(f"{'function':<20} {'MB':>7} {'MB packed':>10}")
    for bootstrap in bootstraps:
        name, raw, small = bootstrap.parent.name, bootstrap.stat().st_size, packed(bootstrap)
        print(f"{name:<20} {raw / MB:>7.2f} {small / MB:>10.2f}")
        if raw > BUDGET_RAW or small > BUDGET_PACKED:
            over.append(name)
    print(f"{'budget':<20} {BUDGET_RAW / MB:>7.2f} {BUDGET_PACKED / MB:>10.2f}")
    if over:
        print(f"ERROR: above budget: {', '.join(over)}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

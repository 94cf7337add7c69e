"""Prints how large each function's bootstrap is, as it is and packed as `sam package` packs it; fails
above the budgets. Sizes are what a cold start fetches and maps."""

import io
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA = ROOT / "target" / "lambda"
MB = 1_000_000
BUDGET_RAW = 10 * MB
BUDGET_PACKED = 4.5 * MB


def packed(bootstrap: Path) -> int:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bootstrap, "bootstrap")
    return len(memory.getvalue())


def main() -> int:
    functions = sorted(main.parent.parent.name for main in ROOT.glob("functions/*/src/main.rs"))
    bootstraps = [LAMBDA / name / "bootstrap" for name in functions]
    missing = [name for name, found in zip(functions, bootstraps, strict=True) if not found.exists()]
    if missing:
        print(f"ERROR: not built: {', '.join(missing)}: make build", file=sys.stderr)
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

#!/usr/bin/env bash
# Holds Cargo.lock to RustSec's advisories. Ends with 1 where one applies, and with 2 where the database
# could not be had: then nothing was looked at, which must not be taken for good news.
set -euo pipefail
cd "$(dirname "$0")/.."

deny=$PWD/.local/tools/supply/bin/cargo-deny
if ! said=$("$deny" --log-level error fetch db 2>&1) || [[ $said == *"failed to fetch"* ]]; then
  [[ -z $said ]] || echo "$said" >&2
  echo "ERROR: the database of advisories cannot be reached: nothing was looked at" >&2
  exit 2
fi
"$deny" --locked check advisories || exit 1

#!/usr/bin/env bash
# Runs the tests that make their own input, over and over with new input, for a bounded time.
#
# FUZZ_SECONDS     no further round begins after this many seconds (default 300)
# PROPTEST_CASES   cases of each test and round (default 5000)
set -euo pipefail
cd "$(dirname "$0")/.."

export PROPTEST_CASES=${PROPTEST_CASES:-5000}
limit=${FUZZ_SECONDS:-300}
packages=(-p tsunagu-api -p tsunagu-domain -p workspaces -p tsunagu-local)
# Parts of the names of what reads from outside: the edge, cursors, CSV, paths, and all of federation.
names=(fuzzed cursor csv rebuild federation)

cargo test --locked --lib --no-run "${packages[@]}"
SECONDS=0
rounds=0
while ((rounds == 0 || SECONDS < limit)); do
  cargo test --locked --lib --quiet "${packages[@]}" -- "${names[@]}"
  rounds=$((rounds + 1))
done
echo "fuzz: $rounds rounds of $PROPTEST_CASES cases in $SECONDS s, and nothing found"

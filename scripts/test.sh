#!/usr/bin/env bash
# Runs the tests on both engines: the embedded DynamoDB, and AWS's DynamoDB Local, which is fetched,
# started for this run and stopped with it. Arguments go to `cargo test`, so that one can be picked.
#
# DYNAMODB_LOCAL_ENDPOINT    a server that is already up: used as it is, never stopped
# REQUIRE_DYNAMODB_LOCAL=1   a missing server is a failure instead of a loud line
set -euo pipefail
cd "$(dirname "$0")/.."

folder=.local/dynamodb-local
log=.local/dynamodb-local.log
server=

say() { printf '%s\n' "$*" >&2; }

stop_server() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
  fi
}

# A key press of ctrl-c ends the script by way of EXIT, so that the server never outlives it.
trap stop_server EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

java_major() {
  java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1
}

# Prints why the server cannot be had; nothing when it can.
missing_tool() {
  if ! command -v java >/dev/null; then
    echo "java is not installed (17 or later is needed)"
    return
  fi
  local major
  major=$(java_major)
  if [[ -z $major || $major -lt 17 ]]; then
    echo "java is ${major:-of an unknown version} (17 or later is needed)"
  elif ! command -v mvn >/dev/null; then
    echo "mvn is not installed"
  fi
}

fetch_server() {
  # A folder half filled by a broken download carries no mark, and is filled anew.
  if [[ $folder/.complete -nt tools/pom.xml ]]; then
    return
  fi
  rm -rf "$folder"
  mvn -q -B -f tools/pom.xml dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$PWD/$folder" >&2 &&
    touch "$folder/.complete"
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Starts the server on the given port; fails when it ended or stayed silent.
start_server() {
  local port=$1 tries
  java -Xmx1g -Djava.library.path="$folder" -cp "$folder/*" \
    software.amazon.dynamodb.services.local.main.ServerRunner \
    -inMemory -disableTelemetry -port "$port" >"$log" 2>&1 &
  server=$!
  for ((tries = 0; tries < 300; tries++)); do
    kill -0 "$server" 2>/dev/null || return 1
    if listening "$port"; then return 0; fi
    sleep 0.1
  done
  return 1
}

# Finds a free port by trying: another run on this machine may take one at the same time.
start_on_free_port() {
  local attempt port
  for attempt in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 20000))
    if listening "$port"; then continue; fi
    if start_server "$port"; then
      export DYNAMODB_LOCAL_ENDPOINT="http://127.0.0.1:$port"
      return 0
    fi
    say "DynamoDB Local did not start on port $port (attempt $attempt); see $log"
    stop_server
  done
  return 1
}

left_out=
leave_out() {
  if [[ ${REQUIRE_DYNAMODB_LOCAL:-} == 1 ]]; then
    say "ERROR: DynamoDB Local is required (REQUIRE_DYNAMODB_LOCAL=1), but $1."
    exit 1
  fi
  left_out=$1
  shout
}

shout() {
  if [[ -n $left_out ]]; then
    say "!!!!"
    say "!!!! DynamoDB Local is LEFT OUT: $left_out."
    say "!!!! The tests run on the embedded engine only."
    say "!!!!"
  fi
}

mkdir -p .local
if [[ -n ${DYNAMODB_LOCAL_ENDPOINT:-} ]]; then
  say "Using DynamoDB Local at $DYNAMODB_LOCAL_ENDPOINT."
else
  unset DYNAMODB_LOCAL_ENDPOINT
  reason=$(missing_tool)
  if [[ -n $reason ]]; then
    leave_out "$reason"
  elif ! fetch_server; then
    leave_out "Maven could not fetch it"
  elif ! start_on_free_port; then
    leave_out "it did not start (see $log)"
  else
    say "DynamoDB Local is up at $DYNAMODB_LOCAL_ENDPOINT for this run."
    say "It listens on every interface and has no flag against that: mind it on a network you do not trust."
  fi
fi

status=0
cargo test --workspace --locked --no-fail-fast "$@" || status=$?
shout
exit "$status"

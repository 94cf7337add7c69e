#!/usr/bin/env bash
# Builds one release bootstrap per function into target/lambda/NAME, or of the packages that are named
# into a folder (build.sh FOLDER PACKAGE…): for arm64 where its standard library is installed, for this
# machine's architecture otherwise (BUILD_FOR=host: in any case). Zig links against the C library of the
# Lambda image, so that a newer one here does no harm.
# TRACES=1 links what sends traces (docs/decisions/0032-traces-behind-a-feature.md).
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$PWD/.local/tools/build/bin
export PATH="$tools:$PATH"
# Their default places are in the home folder.
export ZIG_GLOBAL_CACHE_DIR="$PWD/.local/zig" CARGO_ZIGBUILD_CACHE_DIR="$PWD/.local/zigbuild"

has_std() {
  local folder
  folder=$(rustc --print target-libdir --target "$1" 2>/dev/null) && compgen -G "$folder/libstd-*" >/dev/null
}

host=$(rustc -vV | sed -n 's/^host: //p')
arm=aarch64-unknown-linux-gnu
if [[ ${BUILD_FOR:-} != host ]] && has_std "$arm"; then
  target=$arm
else
  target=${host%%-*}-unknown-linux-gnu
  if ! has_std "$target"; then
    echo "ERROR: no standard library for $arm nor $target; with rustup: rustup target add $arm" >&2
    exit 1
  fi
fi

folder=${1:-target/lambda}
packages=("${@:2}")
if [[ ${#packages[@]} == 0 ]]; then
  for main in functions/*/src/main.rs; do
    name=${main#functions/}
    packages+=("${name%%/*}")
  done
fi

rm -rf "$folder"
# The target was looked for above; cargo-lambda would go and fetch a missing one.
cargo lambda build --release --locked --target "$target" --skip-target-check --lambda-dir "$folder" \
  ${TRACES:+--features=tsunagu-api/traces} "${packages[@]/#/--package=}"

for name in "${packages[@]}"; do
  if [[ ! -x $folder/$name/bootstrap ]]; then
    echo "ERROR: $folder/$name/bootstrap was not built" >&2
    exit 1
  fi
done

if [[ $target == "$arm" ]]; then
  echo "Built for arm64 ($target), the default of template.yaml."
elif [[ ${BUILD_FOR:-} == host ]]; then
  echo "Built for this machine ($target)."
else
  echo "Built for ${target%%-*} ($target), because the standard library of $arm is not installed."
  echo "Deploy it with: sam deploy --parameter-overrides Architecture=${target%%-*} …"
  echo "For arm64 (with rustup): rustup target add $arm"
fi

#!/usr/bin/env bash
# Builds one release bootstrap per function into target/lambda/NAME, or of the packages that are named
# into a folder (build.sh FOLDER PACKAGE…). BUILD_FOR is arm64, x86_64, or host for this machine's; where
# it says nothing, arm64 where its standard library is installed, and this machine's otherwise. Zig links
# against the C library of the Lambda image, so that a newer one here does no harm.
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
own=${host%%-*}-unknown-linux-gnu
case ${BUILD_FOR:-} in
  arm64) target=$arm ;;
  x86_64) target=x86_64-unknown-linux-gnu ;;
  host) target=$own ;;
  "") if has_std "$arm"; then target=$arm; else target=$own; fi ;;
  *)
    echo "ERROR: BUILD_FOR=$BUILD_FOR: arm64, x86_64 or host" >&2
    exit 1
    ;;
esac
if ! has_std "$target"; then
  echo "ERROR: no standard library for $target; with rustup: rustup target add $target" >&2
  if [[ $target == "$arm" ]]; then
    echo "Or for this machine's architecture: Architecture=x86_64 in samconfig.toml, or make deploy ARCHITECTURE=x86_64" >&2
  fi
  exit 1
fi

folder=${1:-target/lambda}
packages=("${@:2}")
if [[ ${#packages[@]} == 0 ]]; then
  for main in functions/*/src/main.rs; do
    name=${main#functions/}
    packages+=("${name%%/*}")
  done
fi

features=()
if [[ ${TRACES:-} == 1 ]]; then features=(--features=tsunagu-api/traces); fi

rm -rf "$folder"
# The target was looked for above; cargo-lambda would go and fetch a missing one.
cargo lambda build --release --locked --target "$target" --skip-target-check --lambda-dir "$folder" \
  "${features[@]}" "${packages[@]/#/--package=}"

for name in "${packages[@]}"; do
  if [[ ! -x $folder/$name/bootstrap ]]; then
    echo "ERROR: $folder/$name/bootstrap was not built" >&2
    exit 1
  fi
done

if [[ $target == "$arm" ]]; then
  echo "Built for arm64 ($target), the default of template.yaml."
elif [[ -n ${BUILD_FOR:-} ]]; then
  echo "Built for ${target%%-*} ($target)."
else
  echo "Built for ${target%%-*} ($target), because the standard library of $arm is not installed."
  echo "For arm64 (with rustup): rustup target add $arm"
fi

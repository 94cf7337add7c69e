# Every command a person needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help run run-binaries test fuzz schemathesis e2e soak lint fmt openapi build sizes package deploy delete bench \
  bench-peers lint-peers costs advisories sbom licenses clean check-rust check-template check-dependencies

LOCAL := $(CURDIR)/.local
LINT_TOOLS := $(LOCAL)/tools/lint
BUILD_TOOLS := $(LOCAL)/tools/build
SUPPLY_TOOLS := $(LOCAL)/tools/supply
PEER_TOOLS := $(LOCAL)/tools/peers
PEERS := bench/peers
FUZZ_TOOLS := $(LOCAL)/tools/fuzz
PYTHON ?= python3

# AWS's own, which the SAM CLI brings.
LAMBDA_EMULATOR := $(LINT_TOOLS)/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-$(shell uname -m | sed s/aarch64/arm64/)

# Scripts leave nothing beside themselves.
export PYTHONDONTWRITEBYTECODE := 1
# SAM reports to nobody and keeps its settings in the tree, not in the home folder.
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(LOCAL)/sam
# Checking and packing need no account; a region is asked for all the same.
OFFLINE_SAM := AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-ap-northeast-1} AWS_EC2_METADATA_DISABLED=true $(LINT_TOOLS)/bin/sam

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Start everything on this machine: http://127.0.0.1:3000 (TSUNAGU_PORT), data in .local/data
	@cargo run --locked -p tsunagu-local

run-binaries: build ## The same with the functions' own binaries, as they are deployed
	@cargo run --locked -p tsunagu-local -- --binaries

test: ## Run all tests on both DynamoDB engines (the second needs Java 17 and Maven; ARGS go to cargo test)
	@scripts/test.sh $(ARGS)

e2e: build $(LINT_TOOLS)/.installed ## Build the functions' binaries, then hold every promise against them on both engines
	@LAMBDA_EMULATOR=$$(echo $(LAMBDA_EMULATOR)) scripts/test.sh --features tsunagu-tests/e2e --test e2e $(ARGS)

soak: build ## Use the functions' binaries under load and faults for SOAK_SECONDS (180) on each engine, then check the table
	@scripts/test.sh --features tsunagu-tests/e2e --test soak $(ARGS) -- --nocapture

# They run on this machine, whatever is deployed.
run-binaries e2e soak bench-peers: export BUILD_FOR := host

fuzz: ## Test what reads from outside with random input, for FUZZ_SECONDS (300)
	@scripts/fuzz.sh

# SERVER is one that is built already, as the tests' build leaves it behind.
schemathesis: $(FUZZ_TOOLS)/.installed ## Ask a fresh local server whatever openapi.json allows, and what not (ARGS: --seed, --examples, …)
	@$(if $(SERVER),:,cargo build --locked -p tsunagu-local)
	@$(FUZZ_TOOLS)/bin/python scripts/fuzz_api --server $(or $(SERVER),$${CARGO_TARGET_DIR:-target}/debug/tsunagu-local) $(ARGS)

lint: check-rust check-dependencies check-template ## Check format, lints, dependencies and the template

check-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features tsunagu-tests/e2e --locked -- -D warnings
# The tests turn features on that no function is deployed with.
	cargo clippy $(patsubst functions/%/Cargo.toml,--package=%,$(wildcard functions/*/Cargo.toml)) --locked -- -D warnings

check-dependencies: $(LINT_TOOLS)/.installed
	$(LINT_TOOLS)/bin/python -m unittest discover --quiet --start-directory scripts
	$(LINT_TOOLS)/bin/python scripts/check_dependencies.py
	$(LINT_TOOLS)/bin/python scripts/licenses.py --check

check-template: $(LINT_TOOLS)/.installed
	$(OFFLINE_SAM) validate --lint --template template.yaml
	$(LINT_TOOLS)/bin/cfn-lint --config-file .cfnlintrc

fmt: ## Format the code
	cargo fmt --all

openapi: ## Write openapi.json from the routers
	@mkdir -p $(LOCAL)
	@cargo run --quiet --locked -p tsunagu-tests --bin openapi > $(LOCAL)/openapi.json
	@mv $(LOCAL)/openapi.json openapi.json
	@echo "openapi.json is written."

build: $(BUILD_TOOLS)/.installed ## Build one release bootstrap per function into target/lambda (TRACES=1: that send OpenTelemetry traces)
	@scripts/build.sh

sizes: ## Print how large the bootstraps are, and fail above the budgets (after make build)
	@$(PYTHON) scripts/sizes.py

package: build $(LINT_TOOLS)/.installed ## Build, then pack the deployment into .aws-sam
	$(OFFLINE_SAM) build

# What is deployed is built for where it is deployed.
ARCHITECTURE ?= $(or $(shell sed -n 's/.*Architecture=\([a-z0-9_]*\).*/\1/p' samconfig.toml 2>/dev/null),arm64)
deploy: export BUILD_FOR := $(ARCHITECTURE)
deploy: package ## Deploy as samconfig.toml says, or ask where there is none, into your AWS account (ARCHITECTURE: arm64, x86_64)
	$(LINT_TOOLS)/bin/sam deploy $(if $(wildcard samconfig.toml),,--guided)

delete: $(LINT_TOOLS)/.installed ## Delete the deployed stack; the table with its data stays (DeletionPolicy)
	$(LINT_TOOLS)/bin/sam delete

bench: ## Print capacity units and latency ratios (ARGS: requests, dashboard, licenses, feeds, refusals, startup)
	@cargo run --locked --profile bench -p tsunagu-bench -- $(ARGS)

advisories: $(SUPPLY_TOOLS)/.installed ## Look for known holes in what we link (fetches RustSec's database)
	@scripts/advisories.sh

sbom: ## Write the bill of materials of the functions (CycloneDX) into target/sbom.cdx.json
	@mkdir -p target
	@$(PYTHON) scripts/sbom.py > target/sbom.cdx.json
	@echo "target/sbom.cdx.json is written."

licenses: ## Write THIRD-PARTY-LICENSES from Cargo.lock
	@$(PYTHON) scripts/licenses.py

bench-peers: build $(PEER_TOOLS)/.installed $(LINT_TOOLS)/.installed $(LOCAL)/peers/node/.built ## Compare with Node, Python and a bare function (Node 20, Java 17, Maven; ARGS: --help)
	@scripts/build.sh target/peers tsunagu-hello
	@$(PEER_TOOLS)/bin/python $(PEERS)/run.py $(ARGS)

lint-peers: $(PEER_TOOLS)/.installed $(PEERS)/node/node_modules/.installed ## Check what bench-peers compares with
	$(PEER_TOOLS)/bin/ruff check --config $(PEERS)/ruff.toml $(PEERS) scripts/costs.py
	$(PEER_TOOLS)/bin/ruff format --check --config $(PEERS)/ruff.toml $(PEERS) scripts/costs.py
	cd $(PEERS)/node && npm run --silent lint

costs: ## Print what 1,000 customers cost a month, from measured units (ARGS: --help)
	@$(PYTHON) scripts/costs.py $(ARGS)

clean: ## Remove everything that was made, the local data too
	cargo clean
	rm -rf $(LOCAL) .aws-sam $(PEERS)/node/node_modules

# Tools from PyPI in environments of their own, made anew when their pins change. Everything that they
# bring is pinned by its digest: nothing else is looked for.
$(LOCAL)/tools/%/.installed: tools/requirements-%.txt
	@command -v $(PYTHON) >/dev/null || { echo "ERROR: $(PYTHON) is not installed (3.11 or later is needed)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ERROR: $$($(PYTHON) --version): 3.11 or later is needed" >&2; exit 1; }
	@echo "Installing the tools of $<"
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $<
	@$(@D)/bin/python -m pip check --disable-pip-version-check >/dev/null
	@touch $@

# No package runs anything of its own when it is installed: esbuild and Biome come as packages too.
$(PEERS)/node/node_modules/.installed: $(PEERS)/node/package-lock.json
	@command -v npm >/dev/null || { echo "ERROR: npm is not installed (Node 20 or later is needed)" >&2; exit 1; }
	@cd $(PEERS)/node && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(LOCAL)/peers/node/.built: $(PEERS)/node/node_modules/.installed $(wildcard $(PEERS)/node/src/*.js)
	@cd $(PEERS)/node && npm run --silent build -- --log-level=warning --outdir=$(@D)
	@touch $@

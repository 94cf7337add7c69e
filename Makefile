# Every command a person needs; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help run test fuzz schemathesis lint fmt openapi build package deploy bench clean check-rust check-template check-dependencies

LOCAL := $(CURDIR)/.local
LINT_TOOLS := $(LOCAL)/tools/lint
BUILD_TOOLS := $(LOCAL)/tools/build
FUZZ_TOOLS := $(LOCAL)/tools/fuzz
PYTHON ?= python3

# SAM reports to nobody and keeps its settings in the tree, not in the home folder.
export SAM_CLI_TELEMETRY := 0
export __SAM_CLI_APP_DIR := $(LOCAL)/sam
# Checking and packing need no account; a region is asked for all the same.
OFFLINE_SAM := AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-ap-northeast-1} AWS_EC2_METADATA_DISABLED=true $(LINT_TOOLS)/bin/sam

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: ## Start everything on this machine: http://127.0.0.1:3000 (TSUNAGU_PORT), data in .local/data
	@cargo run --locked -p tsunagu-local

test: ## Run all tests on both DynamoDB engines (the second needs Java 17 and Maven; ARGS go to cargo test)
	@scripts/test.sh $(ARGS)

fuzz: ## Test what reads from outside with random input, for FUZZ_SECONDS (300)
	@scripts/fuzz.sh

# SERVER is one that is built already, as the tests' build leaves it behind.
schemathesis: $(FUZZ_TOOLS)/.installed ## Ask a fresh local server whatever openapi.json allows, and what not (ARGS: --seed, --examples, …)
	@$(if $(SERVER),:,cargo build --locked -p tsunagu-local)
	@$(FUZZ_TOOLS)/bin/python scripts/fuzz_api --server $(or $(SERVER),$${CARGO_TARGET_DIR:-target}/debug/tsunagu-local) $(ARGS)

lint: check-rust check-dependencies check-template ## Check format, lints, dependencies and the template

check-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

check-dependencies: $(LINT_TOOLS)/.installed
	$(LINT_TOOLS)/bin/python scripts/check_dependencies.py

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

build: $(BUILD_TOOLS)/.installed ## Build one release bootstrap per function into target/lambda
	@scripts/build.sh

package: build $(LINT_TOOLS)/.installed ## Build, then pack the deployment into .aws-sam
	$(OFFLINE_SAM) build

deploy: package ## Deploy as samconfig.toml says (samconfig.toml.example), into your AWS account
	$(LINT_TOOLS)/bin/sam deploy

bench: ## Print capacity units and latency ratios (ARGS: requests, dashboard, licenses, feeds, refusals)
	@cargo run --locked --profile bench -p tsunagu-bench -- $(ARGS)

clean: ## Remove everything that was made, the local data too
	cargo clean
	rm -rf $(LOCAL) .aws-sam

# Tools from PyPI in environments of their own, made anew when their pins change.
$(LOCAL)/tools/%/.installed: tools/requirements-%.txt
	@command -v $(PYTHON) >/dev/null || { echo "ERROR: $(PYTHON) is not installed (3.11 or later is needed)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "ERROR: $$($(PYTHON) --version): 3.11 or later is needed" >&2; exit 1; }
	@echo "Installing the tools of $<"
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

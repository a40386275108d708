# TenderBridge. `make help` lists what there is to do.
#
#   make run ONCE=1                    build, play the whole demonstration once, count, exit 0 only if all is well
#   make run                           the same, then keep it running to look at
#   make test                          every test that needs no long time

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# debug or release. `make run` and `make test` share the debug build; `make bench` always uses release.
CONFIG ?= debug
SWIFT  ?= swift
# Where the real files of other projects lie; named here and nowhere else. Tests that need them are skipped without it.
TENDERBRIDGE_VECTORS ?= ../shared/vectors
VECTORS := $(abspath $(TENDERBRIDGE_VECTORS))
BIN := .build/$(CONFIG)
# A release holds the Swift libraries itself: an operator's machine has none, and the program is a fifth faster for it.
RELEASE := -c release --static-swift-stdlib
BUILD = $(if $(filter release,$(CONFIG)),$(RELEASE),-c $(CONFIG))

# Only a folder that is there is handed to the tests and the demonstration.
WITH_VECTORS = $(if $(wildcard $(VECTORS)/.),export TENDERBRIDGE_VECTORS='$(VECTORS)';,unset TENDERBRIDGE_VECTORS;)

.PHONY: help deps build run states test test-swift test-mappings test-kill test-python test-mutants test-vectors lint bench long

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install the Debian packages of ops/packages.txt, or print the command that does
	@ops/install-packages build test

build: ## build programs and tests; CONFIG=release: the program for an operator's machine
	@ops/install-packages build
	$(SWIFT) build $(BUILD) $(if $(filter debug,$(CONFIG)),--build-tests,--product tenderbridge)

run: ## the demonstration: simulator, gateway, recordings with faults; ONCE=1 counts and exits
	@ops/install-packages build
	$(SWIFT) build $(BUILD) --product platform-simulator
	$(SWIFT) build $(BUILD) --product tenderbridge
	@$(WITH_VECTORS) BIN='$(BIN)' ONCE='$(ONCE)' ops/demo/run

states: ## a delivery in each state, and what the gateway says of it (ZH=1 in Chinese)
	@ops/install-packages build
	$(SWIFT) build --product tenderbridge
	@ops/demo/states $(if $(ZH),--zh)

test: ## every test (under 15 minutes after make build); FILTER=regex runs some
	@ops/install-packages build test
	@$(MAKE) test-python
	@$(MAKE) test-swift
	@$(MAKE) test-mappings
	@$(MAKE) test-mutants
	@$(MAKE) test-kill
	@$(MAKE) states

test-swift:
	$(SWIFT) build --build-tests
	@$(WITH_VECTORS) $(SWIFT) test --skip-build $(if $(FILTER),--filter '$(FILTER)') 2>&1 | tee .build/test.log \
	    || { echo 'What failed, again:'; grep -A 2 -E '^[^ ]+ .* recorded an issue' .build/test.log | cut -c 1-1000; exit 1; }

# The tests beside the mappings, and what they prove: each field that a mapping writes is compared by one of them.
test-mappings:
	$(SWIFT) build --product tenderbridge
	.build/debug/tenderbridge map test Mappings --coverage --min 95 --format html --output .build/mapping-coverage.html

# Ten changes of single lines of the mappings, drawn anew in each run: the recordings must notice every one (Tests/Mutants).
test-mutants:
	$(SWIFT) build --product tenderbridge
	Tests/Mutants/mutants.py --program .build/debug/tenderbridge

# The gateway is killed forty times, at random moments and at each named point; three witnesses count (Tests/Kill).
test-kill:
	$(SWIFT) build --product tenderbridge
	Tests/Kill/kill.py --gateway-bin .build/debug/tenderbridge --kills 40

test-python:
	for folder in $$(find Tests -name 'test_*.py' -printf '%h\n' | sort -u); do \
	    echo "python3 -m unittest discover $$folder"; python3 -m unittest discover --start-directory "$$folder" --pattern 'test_*.py'; done

test-vectors: ## the tests that use real files of other projects (TENDERBRIDGE_VECTORS); fails when the folder is absent
	@ops/install-packages build test
	@ops/test-vectors '$(VECTORS)'

lint: ## formatting, scripts, unit file
	$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift
	find Sources Tests ops -name '*.py' -exec python3 -m py_compile {} +
	for script in $$(grep -rlI --exclude-dir=.git --exclude-dir=.build '^#!/usr/bin/env bash' ops .ci Tests); do bash -n "$$script"; done
	@if command -v systemd-analyze >/dev/null; then ops/systemd/verify; else echo 'lint: systemd-analyze is not there, the unit is not verified'; fi

bench: ## release build beside nginx, wrk and syslog-ng on this machine, in one run; BENCH=name runs one
	@ops/install-packages build test bench
	$(SWIFT) build $(RELEASE) --product tenderbridge
	@BIN=.build/release ops/bench/run $(BENCH)

long: ## soak, fuzz, crash matrix, mutants: in slices that resume, each under an hour; SLICE=name runs one
	@ops/install-packages build test
	@$(WITH_VECTORS) SWIFT='$(SWIFT)' ops/long/run $(if $(SLICE),--slice $(SLICE))

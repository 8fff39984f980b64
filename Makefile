# The few commands a person types. Needs Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# A stamp carries the hash of what it stands for, so that an unchanged second run starts at once.
RUN_STAMP := $(VENV)/.run-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
GATE_STAMP := $(VENV)/.gate-$(shell cat requirements.txt tests/requirements.txt | cksum | cut -d' ' -f1)
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
# Many short processes are started here: without stored bytecode each compiles us anew, which doubles its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-all test-postgresql check faults bench lint format types audit clean simulate simulate-faults

help: ## list these commands
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  %-16s %s\n", $$1, $$2}'

demo: $(RUN_STAMP) ## start everything with a Chat and a Pipedrive of our own (PORT, PIPENOTIFY_DATA)
	@exec $(PY) -m web demo

test: $(GATE_STAMP) ## the whole gate: format, lint, imports, types, tests
	@exec $(PY) -m tests

test-long: $(GATE_STAMP) ## what takes minutes each: seeds, pages in the browser, walks by role, kills
	@exec $(PY) -m tests --long

test-all: $(GATE_STAMP) ## the same, with every test of a database on SQLite and on PostgreSQL
	@exec $(PY) -m tests --postgresql all

test-postgresql: $(GATE_STAMP) ## what test-all runs and test does not
	@exec $(PY) -m tests --postgresql rest

check: $(GATE_STAMP) ## for daily work: format, lint, imports, types, unit tests of what changed
	@exec $(PY) -m tests --quick

faults: $(GATE_STAMP) ## real kills, outages and hostile clients, the long ones included
	@PIPENOTIFY_LONG_FAULTS=1 $(PY) -m pytest -q -rfE -o faulthandler_timeout=600 tests/faults

bench: $(GATE_STAMP) ## measure speed on this machine
	@exec $(PY) -m tests.bench

simulate: $(GATE_STAMP) ## run the engine in virtual time among seeded faults (SEEDS=200, FIRST=1)
	@exec $(PY) -m tests.simulation --seeds $(or $(SEEDS),200) --first $(or $(FIRST),1)

simulate-faults: $(GATE_STAMP) ## plant faults into the engine, and see that the simulation finds them (SEEDS=1000)
	@exec $(PY) -m tests.simulation.planted --seeds $(or $(SEEDS),1000)

lint: $(GATE_STAMP) ## the gate without the tests
	@exec $(PY) -m tests --static

format: $(GATE_STAMP) ## write every file the one way, mend what can be mended
	@$(PY) -m ruff check --quiet --fix-only .
	@$(PY) -m ruff format .

types: $(GATE_STAMP) ## check types
	@$(PY) -m mypy bot web jobs models tests

audit: $(GATE_STAMP) ## known holes in what requirements.txt pins (asks the network)
	@$(PY) -m pip_audit --disable-pip --no-deps -r requirements.txt

clean: ## remove the venv and the caches (the data of the demo stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find bot web jobs models tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.11 or newer, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Pipenotify needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@if [ -e $(VENV) ] && ! { [ -d $(VENV) ] && [ -r $(VENV) ] && [ -w $(VENV) ] && [ -x $(VENV) ]; }; then \
	  echo "$(VENV) is no folder that you may read and write. Move it away, or name another: make VENV=/tmp/pipenotify-venv $(MAKECMDGOALS)" >&2; exit 1; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make a venv; on Debian and Ubuntu install the package python3-venv." >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { echo "$(VENV) could not be made; the line above says why." >&2; exit 1; }

$(RUN_STAMP): | $(PY)
	@echo "Installing what runs into $(VENV) (once) ..."
	@$(PIP) -r requirements.txt
	@$(PY) -m compileall -q bot web jobs models
	@rm -f $(VENV)/.run-* && touch $@

$(GATE_STAMP): | $(PY)
	@echo "Installing the tools of the gate into $(VENV) (once) ..."
	@$(PIP) -r tests/requirements.txt
	@rm -f $(VENV)/.run-* $(VENV)/.gate-* && touch $@ $(RUN_STAMP)

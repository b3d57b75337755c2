# Everything starts here, from a clean checkout with nothing but make and Python 3.11, 3.12 or 3.13:
#
#   make run          trade the demo grid on the paper venue; ARGS=--fresh adds flags
#   make service      collect funding rates and show them as a page; ARGS="--environment prod"
#   make quick        format, lint, types, layers and unit tests: for every save
#   make check        format, lint, types, layers, purity, size budgets, and a minute of simulation
#   make test         every test
#   make coverage     the same with branch coverage, which takes twice as long
#   make simulate     executions and runs by the thousand under drawn trouble; ARGS=--minutes=10
#   make prove        the whole program on simulated venues, by one seed: SEED=17 FAULTS=light
#   make prove-long   as many executions, runs and deaths as there is time for; goes on where it stopped
#   make soak-sockets half an hour of bots on loopback sockets at every venue, behind a bad network; ARGS="--minutes 3"
#   make soak         thirty simulated days of one run, and whether anything grows; ARGS="--strategy grid"
#   make mutants      small mistakes in the pure core, and whether a test notices; ARGS=order_book
#   make mission      which requirement is shown by which test
#   make bench        how fast the hot paths are, in one table with what is required
#   make bench-peers  the bot beside nautilus_trader, on the same quotes with the same grid
#   make judges       official SDKs trade on the simulated venues and sign what we sign; ARGS=--help
#
# PYTHON=python3.12 chooses the interpreter, WORKERS=4 the number of test processes.

PYTHON ?= python3
WORKERS ?= auto
SEED ?= 1
FAULTS ?= heavy
PROVED ?= build/prove
VENV := .venv
PEERS := .venv-peers
JUDGES := .venv-judges
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# The bot is started many times by tests, and need not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run service static quick check test coverage simulate prove prove-long soak-sockets soak mutants mission bench bench-peers judges clean

help:
	@sed -n 's/^#   //p' $(firstword $(MAKEFILE_LIST))

setup: $(READY)

# The library is installed from its folder and linked, so a changed source needs no new set-up.
$(READY): constraints.txt pyproject.toml exchange_clients/pyproject.toml exchange_clients/setup.py
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo "Python 3.11, 3.12 or 3.13 is needed; $(PYTHON) is not one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	    exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) setuptools
	$(PIP) --no-build-isolation --editable 'exchange_clients[all]' --editable '.[dev]'
	@touch $@

run: $(READY)
	@mkdir -p reports
	$(BIN)/python runbot.py --strategy grid --config configs/grid/demo.yml --exchange paper \
	    --report reports/demo.json --report reports/demo.html $(ARGS)

service: $(READY)
	$(BIN)/python -m funding_rate_service --environment simulator $(ARGS)

check: static
	$(BIN)/python -m tests.simulation sample

static: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/pytest tests/architecture

quick: static
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow" --ignore=tests/acceptance --ignore=tests/architecture

test: $(READY)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal

coverage: $(READY)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered
	$(BIN)/coverage report --fail-under=100 --include="$$($(BIN)/python -m tests.mutation --covered)"
	$(BIN)/coverage report --fail-under=95 --include='exchange_clients/*' > /dev/null
	$(BIN)/coverage report --fail-under=95 --include='execution/*' > /dev/null
	$(BIN)/coverage report --fail-under=95 --include='strategies/*' > /dev/null

simulate: $(READY)
	$(BIN)/python -m tests.simulation simulate $(ARGS)

prove: $(READY)
	$(BIN)/python -m tests.simulation run --seeds $(SEED) --faults $(FAULTS) $(ARGS)

prove-long: $(READY)
	@status=0; set -x; \
	$(BIN)/python -m tests.simulation simulate --out $(PROVED)/simulation.jsonl --red $(PROVED)/red $(ARGS) || status=1; \
	$(BIN)/python -m tests.simulation crash --out $(PROVED)/crashes.jsonl $(ARGS) || status=1; \
	exit $$status

soak-sockets: $(READY)
	$(BIN)/python -m tests.survival.soak $(ARGS)

soak: $(READY)
	$(BIN)/python -m tests.simulation soak $(ARGS)

mutants: $(READY)
	$(BIN)/python -m tests.mutation $(ARGS)

mission: $(READY)
	$(BIN)/python -m tests.mission

bench: $(READY)
	$(BIN)/python -m benchmarks

bench-peers: $(READY) $(PEERS)/.ready
	$(BIN)/python -m benchmarks.bench_peers $(PEERS)/bin/python

# The peer has an environment of its own, so that nothing of it is ever needed by the bot.
$(PEERS)/.ready:
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check nautilus_trader==1.221.0
	@touch $@

# Each judge has an environment of its own below .venv-judges: the pins of SDKs exclude each other.
judges: $(READY)
	$(BIN)/python -m judges $(ARGS)

clean:
	rm -rf $(VENV) $(PEERS) $(JUDGES) build dist exchange_clients/build exchange_clients/dist *.egg-info \
	    exchange_clients/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
	    .hypothesis .coverage .coverage.* htmlcov reports

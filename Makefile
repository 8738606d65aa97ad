# Everything there is to do here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
LITELLM := .venv-litellm

# `make run PORT=8080` is heard by the settings.
ifdef PORT
export PORT
endif
ifdef HOST
export HOST
endif

.DEFAULT_GOAL := help
.PHONY: help run install test test-fast test-postgres interop soak check format emulators bench screenshots clean

help:  ## say what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY)  ## set up what is missing and serve the site (PORT=8000, HOST=127.0.0.1)
	@exec $(BIN)/python manage.py serve

install: $(READY_DEV)  ## make the virtual environment with everything development needs

test: $(READY_DEV)  ## run every test, on SQLite and PostgreSQL; with ARGS, those that pytest selects
	$(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests)

test-fast: $(READY_DEV)  ## run the tests that start neither a browser nor the product as a process
	$(BIN)/python -m tests fast $(ARGS)

test-postgres: $(READY_DEV)  ## run the tests of the site on a PostgreSQL and a Redis of their own
	$(BIN)/python -m tests postgres $(ARGS)

interop: $(READY_DEV)  ## test against LiteLLM and other programs that are not part of Webchat
	$(BIN)/python -m pytest -m interop $(ARGS)

soak: $(READY_DEV)  ## test several processes with the real intervals, and kill and end one fifty times
	SOAK=50 $(BIN)/python -m pytest tests/cluster $(ARGS)

check: $(READY_DEV)  ## look for mistakes without running the program
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	ENV_FILE=/dev/null $(BIN)/python manage.py makemigrations --check --dry-run
	ENV_FILE=/dev/null ORIGINS=https://chat.example.org TRUSTED_PROXIES=1 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(READY_DEV)  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

emulators: $(READY_DEV)  ## start stand-ins for all upstreams on this computer
	@exec $(BIN)/python -m tests.emulators

bench: $(READY_DEV)  ## measure what docs/performance.md tells
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(READY_DEV)  ## take the pictures of docs/screenshots anew
	$(BIN)/python -m tests.e2e.screenshots

clean:  ## remove the virtual environments and caches; data and settings stay
	rm -rf $(VENV) $(LITELLM) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp says that an environment is whole, so that later runs start at once.
$(READY): requirements.txt
	@$(call make_environment)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt \
		|| { echo "The packages could not be installed: see the lines above. Is the network there?" >&2; exit 1; }
	@touch $@

$(READY_DEV): requirements.txt requirements-dev.txt
	@$(call make_environment)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt \
		|| { echo "The packages could not be installed: see the lines above. Is the network there?" >&2; exit 1; }
	@touch $(READY) $@

define make_environment
command -v $(PYTHON) >/dev/null 2>&1 || { \
	echo "Webchat needs Python 3.11 or newer, and there is no $(PYTHON) here." >&2; \
	echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), or name yours: make PYTHON=/path/to/python" >&2; exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "Webchat needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1)." >&2; \
	echo "Install a newer one and name it: make PYTHON=python3.11" >&2; exit 1; }; \
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	echo "Python's venv module is missing." >&2; \
	echo "Install it (Debian, Ubuntu: apt install python3-venv) and run make again." >&2; exit 1; }; \
[ -x $(BIN)/python ] || { echo "Making the virtual environment; the first time takes a minute."; $(PYTHON) -m venv $(VENV) || { \
	echo "The virtual environment could not be made in $(VENV)." >&2; exit 1; }; }
endef

# Everything installs into .venv in this folder; the only needs are Python 3.11+ and make.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v $$p; break; }; done)
BIN := .venv/bin

.PHONY: demo test bench bench-fuzz lint format clean help

help:
	@echo "make demo   the main job on the sample contracts"
	@echo "make test   all tests"
	@echo "make bench  speed and memory against a baseline of the same run"
	@echo "make bench-fuzz  faults found by apicheck and by schemathesis (about half an hour)"
	@echo "make lint   style, types and layers"

.venv/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "apicheck needs Python 3.11 or newer on the PATH (or: make PYTHON=/path/to/python)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' -c constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --editable '.[all]' --group dev
	@touch $@

demo: .venv/installed
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh docs/demo.sh

test: .venv/installed
	$(BIN)/python -m pytest -n auto

bench: .venv/installed
	$(BIN)/python benchmarks/run.py

bench-fuzz: .venv/installed
	$(BIN)/python benchmarks/fuzz.py

lint: .venv/installed
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff format . && $(BIN)/ruff check --fix-only --quiet .

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

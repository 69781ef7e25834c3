# Two commands on a fresh machine: `make quickstart` and `make test`. `make lint` checks style and types.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
WORKERS ?= 2
ALL ?=

.PHONY: quickstart test lint bench clean

quickstart: .venv/installed
	$(BIN)/moatkit quickstart

test: .venv/installed-dev
	MOATKIT_ALL=$(ALL) $(BIN)/python -m pytest -n $(WORKERS) $(if $(ALL),,-m "not slow")

lint: .venv/installed-dev
	$(BIN)/ruff check kit tests dashboards
	$(BIN)/mypy kit dashboards

bench: .venv/installed-dev
	$(BIN)/python -m pytest tests/benchmarks -m slow -s

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(PIP) torch==2.13.0
	$(PIP) -e '.[offline]'
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) -e '.[offline,tracking,metrics,team,dev]' hatchling
	touch $@

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache

# Everything runs in .venv, which is made from requirements.lock once and again when that changes.
PYTHON ?= python3
BASE ?= origin/main
RECIPE ?=
JOBS ?= 1
FOLDER := $(if $(RECIPE),recipes/$(RECIPE),.)
BIN := $(CURDIR)/.venv/bin
# A lock is whole: pip need not look for what its packages ask for, nor agree with their upper bounds.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup environment gpu repro test test-all lint bench demo gate audit experiments changes table submit recipes report lock

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup:  ## the environment in .venv, made anew where requirements.lock has changed
	@cmp -s requirements.lock .venv/.ready || $(MAKE) --no-print-directory environment

environment:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed (TensorFlow has no other); name one with PYTHON=")'
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) requirements.lock
	cp requirements.lock .venv/.ready

gpu: setup  ## CUDA's libraries for TensorFlow, on Linux with an NVIDIA driver
	$(INSTALL) requirements-gpu.lock

repro: setup  ## run a recipe to its submission: the default one, or RECIPE=julia-quick; JOBS=4 members at a time
	$(if $(filter-out 1,$(JOBS)),python -m letterpress.commands.jobs $(FOLDER) --jobs $(JOBS),dvc --cd $(FOLDER) repro)
	@test -f $(FOLDER)/report/index.html || $(MAKE) --no-print-directory report
	@python -m letterpress.commands.summary $(FOLDER)

test: setup  ## all tests but the long ones, a module on each core
	python -m pytest -m "not long" --numprocesses logical --dist loadfile

test-all: setup  ## all tests; among the long ones, every command of the README
	python -m pytest

lint: setup  ## style and format
	ruff check .
	ruff format --check .

bench: setup  ## measure speed and memory; NAMES="steps parts" for some of it (PyTorch is compared where it is installed)
	python -m benchmarks $(NAMES)

gate: setup  ## fail where accuracy has fallen against BASE=origin/main
	@python -m letterpress.commands.gate --base $(BASE)

audit:  ## known flaws of the packages in requirements.lock (needs pipx and the network)
	pipx run pip-audit --requirement requirements.lock --disable-pip --no-deps

# Columns of dvc exp show to leave out: other recipes', the hashes of files, and the lesser figures.
OTHERS := $(if $(RECIPE),(?!recipes/$(RECIPE)/(params.yaml|metrics/ensemble.json):|Experiment|Created),\
	(recipes|data|models|letterpress|stages|metrics/[^e]))
LESSER := .*(macro_f1|top5_accuracy|calibration_error|ignoring_case|judges|images|best|std|ensemble.json)$$
experiments: setup  ## the default recipe's experiments, or RECIPE's, beside each other
	@dvc exp show --only-changed --drop '$(strip $(OTHERS))|$(LESSER)'

changes: setup  ## curves and confusions against BASE, as Markdown
	@python -m letterpress.commands.changes --base $(BASE)

table: setup  ## write the README's table from the committed figures
	@python -m letterpress.commands.table

submit: setup  ## send RECIPE's submission to Kaggle, after showing it; YES=1 does not ask
	@python -m letterpress.commands.submit $(FOLDER) $(if $(YES),--yes)

demo: setup  ## a page of this machine to draw or drop characters on, for RECIPE's ensemble
	python -m letterpress.commands.demo $(FOLDER)

report: setup  ## write the report anew from what a recipe's run has left
	cd $(FOLDER) && python $(CURDIR)/stages report

recipes: setup  ## copy dvc.yaml to every recipe
	python -m letterpress.infrastructure.projects

lock:  ## pin the newest versions that fit pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra demo --extra ray pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra demo --extra ray --extra gpu -c requirements.lock pyproject.toml -o requirements-gpu.lock

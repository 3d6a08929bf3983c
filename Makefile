# Everything runs in .venv, which is made from requirements.lock once, and again when that file changes.
PYTHON ?= python3
BASE ?= origin/main
RECIPE ?=
JOBS ?= 1
# RECIPE is a recipe's name; recipes/NAME/ is taken for NAME, and `default` is the root's.
NAME := $(filter-out . default,$(patsubst recipes/%,%,$(patsubst ./%,%,$(patsubst %/,%,$(RECIPE)))))
FOLDER := $(if $(NAME),recipes/$(NAME),.)
BIN := .venv/bin
# A lock is whole: pip need not look for what its packages ask for, nor agree with their upper bounds.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r
COMMAND := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
export PATH := $(CURDIR)/$(BIN):$(PATH)

ifeq ($(wildcard $(FOLDER)/params.yaml),)
$(error RECIPE=$(RECIPE): no such recipe; known: default $(patsubst recipes/%/params.yaml,%,$(wildcard recipes/*/params.yaml)))
endif

.DEFAULT_GOAL := help
.PHONY: help setup environment gpu repro test test-all lint bench demo gate restamp audit experiments metrics dag changes table submit \
	recipes remote schema report lock

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup:  ## the environment in .venv, made again where requirements.lock has changed
	@cmp -s requirements.lock .venv/.ready || $(MAKE) --no-print-directory environment
	@test -x $(BIN)/letterpress || $(COMMAND)

environment:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed (TensorFlow has no other); name one with PYTHON=")'
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) requirements.lock
	$(COMMAND)
	cp requirements.lock .venv/.ready

gpu: setup  ## CUDA's libraries for TensorFlow, on Linux with an NVIDIA driver
	$(INSTALL) requirements-gpu.lock

repro: setup  ## run a recipe to its submission: the default one, or RECIPE=julia-quick; JOBS=4 members in parallel
	$(if $(filter-out 1,$(JOBS)),python -m letterpress jobs $(FOLDER) --jobs $(JOBS),cd $(FOLDER) && dvc repro)
	@test -f $(FOLDER)/report/index.html || $(MAKE) --no-print-directory report
	@python -m letterpress summary $(FOLDER)

test: setup  ## all tests but the long ones, one module per core
	python -m pytest -m "not long" --numprocesses logical --dist loadfile

test-all: setup  ## all tests; among the long ones, every command of the README
	python -m pytest

lint: setup  ## style and format
	ruff check .
	ruff format --check .

bench: setup  ## measure speed and memory; NAMES="steps parts" for some of it (PyTorch is compared where it is installed)
	python -m benchmarks $(NAMES)

gate: setup  ## fail where accuracy has fallen against BASE=origin/main
	@python -m letterpress gate --base $(BASE)

audit:  ## known flaws of the packages in requirements.lock (needs pipx and the network)
	pipx run pip-audit --requirement requirements.lock --disable-pip --no-deps

experiments: setup  ## the experiments of the default recipe, or of RECIPE, in one table
	@cd $(FOLDER) && dvc exp show --only-changed --hide-workspace --drop '.*/|Created|State|Executor|.*\.(std|best)$$'

metrics: setup  ## the figures of every recipe
	@for params in params.yaml recipes/*/params.yaml; do (cd $$(dirname $$params) && test ! -f metrics/ensemble.json || \
	  { echo && pwd && dvc metrics show --precision 4; }); done

dag: setup  ## draw the stages of the default recipe, or of RECIPE
	@python -m letterpress dag $(FOLDER)

changes: setup  ## curves and confusions against BASE, as Markdown
	@python -m letterpress changes --base $(BASE)

table: setup  ## write the tables of README and docs/results.md from the committed figures
	@python -m letterpress table

submit: setup  ## send RECIPE's submission to Kaggle, after showing it; YES=1 does not ask
	@python -m letterpress submit $(FOLDER) $(if $(YES),--yes)

demo: setup  ## a page of this machine to draw or drop characters on, for RECIPE's ensemble
	python -m letterpress demo $(FOLDER)

report: setup  ## write the report again from the outputs of a recipe's run
	cd $(FOLDER) && python stages report

recipes: setup  ## make every folder of recipes/ a DVC project, and copy dvc.yaml there
	@python -m letterpress.infrastructure.projects

remote: setup  ## make URL the DVC remote of all recipes
	@python -m letterpress.infrastructure.projects --remote "$(URL)"

restamp: setup  ## take over code that has changed in comments, docstrings or format only into the locks, without a run
	@python -m letterpress restamp

schema: setup  ## write params.schema.json and docs/parameters.md from the code
	@python -m letterpress schema

lock:  ## pin the newest versions that fit pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra demo --extra ray pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra demo --extra ray --extra gpu -c requirements.lock pyproject.toml -o requirements-gpu.lock

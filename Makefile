# Everything runs in .venv, which is made from requirements/base.lock once, and again when that file changes.
# What only some commands need is an extra, with a lock of its own; they install it when they first run.
PYTHON ?= python3
BASE ?= origin/main
RECIPE ?=
JOBS ?= 1
# RECIPE is a recipe's name; recipes/NAME/ is taken for NAME, and `default` is the root's.
NAME := $(filter-out . default,$(patsubst recipes/%,%,$(patsubst ./%,%,$(patsubst %/,%,$(RECIPE)))))
FOLDER := $(if $(NAME),recipes/$(NAME),.)
BIN := .venv/bin
# uv where it is there, else pip. Python writes bytecode itself, of the few files that it imports, unless it may not,
# as in many containers: then the installer does, or each start of TensorFlow would compile for seven seconds.
UV := $(shell command -v uv 2> /dev/null)
BYTECODE := $(if $(PYTHONDONTWRITEBYTECODE),$(if $(UV),--compile-bytecode),$(if $(UV),,--no-compile))
PIP := $(if $(UV),uv pip,$(BIN)/python -m pip)
OPTIONS := --quiet $(if $(UV),--python $(BIN)/python,--disable-pip-version-check)
# A lock is whole: no installer need look for what its packages ask for, nor agree with their upper bounds.
INSTALL := $(PIP) install $(OPTIONS) $(BYTECODE) --no-deps --require-hashes -r
COMMAND := $(PIP) install $(OPTIONS) --no-deps --no-build-isolation --editable .
EXTRAS := letters cluster demo export tune jax bench dev gpu
# `make test` skips the tests of extras that are missing; in CI, and for `make test-all`, all are installed first.
EVERY_TESTED := dev letters cluster demo export tune jax bench
TESTED := $(if $(CI),$(EVERY_TESTED),dev)
# Rendering for pre-training needs the fonts.
LETTERS := $(shell grep -qsE '^  n_images: *[1-9]' '$(FOLDER)/params.yaml' && echo with-letters)
export PATH := $(CURDIR)/$(BIN):$(PATH)

ifeq ($(wildcard $(FOLDER)/params.yaml),)
$(error RECIPE=$(RECIPE): no such recipe; known: default $(patsubst recipes/%/params.yaml,%,$(wildcard recipes/*/params.yaml)))
endif

.DEFAULT_GOAL := help
.PHONY: help setup environment letters cluster tune jax gpu export repro test test-all lint bench demo gate restamp audit experiments metrics dag changes table submit \
	recipes remote schema report lock

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup:  ## the environment in .venv, made again where requirements/base.lock has changed
	@cmp -s requirements/base.lock .venv/.base || $(MAKE) --no-print-directory environment
	@test -x $(BIN)/letterpress || $(COMMAND)

environment:
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed (TensorFlow has no other); name one with PYTHON=")'
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) requirements/base.lock
	$(COMMAND)
	cp requirements/base.lock .venv/.base

with-%: setup
	@cmp -s requirements/$*.lock .venv/.$* || { echo "installing the extra $*" && $(INSTALL) requirements/$*.lock && cp requirements/$*.lock .venv/.$*; }

letters: with-letters  ## the extra for synthetic pre-training: 120 fonts
cluster: with-cluster  ## the extra for training on a Ray cluster
tune: with-tune  ## the extra for `letterpress tune`
jax: with-jax  ## the extra for KERAS_BACKEND=jax

gpu: setup  ## the extra for an NVIDIA GPU on Linux: TensorFlow's larger wheel and CUDA's libraries
	@cmp -s requirements/gpu.lock .venv/.gpu || { $(PIP) uninstall $(OPTIONS) $(if $(UV),,--yes) tensorflow-cpu && $(INSTALL) requirements/gpu.lock && cp requirements/gpu.lock .venv/.gpu; }

repro: setup $(LETTERS)  ## run a recipe to its submission: the default one, or RECIPE=julia-quick; JOBS=4 members in parallel
	$(if $(filter-out 1,$(JOBS)),python -m letterpress jobs $(FOLDER) --jobs $(JOBS),cd $(FOLDER) && python -m dvc repro)
	@test -f $(FOLDER)/report/index.html || $(MAKE) --no-print-directory report
	@python -m letterpress summary $(FOLDER)

test: $(addprefix with-,$(TESTED))  ## all tests but the long ones, one module per core
	python -m pytest -m "not long" --numprocesses logical --dist loadfile --no-loadscope-reorder

test-all: $(addprefix with-,$(EVERY_TESTED))  ## all tests; among the long ones, every command of the README
	python -m pytest

lint: with-dev  ## style and format
	ruff check .
	ruff format --check .

bench: with-bench  ## measure speed and memory; NAMES="steps parts" for some of it (PyTorch is compared where it is installed)
	python -m benchmarks $(NAMES)

gate: setup  ## fail where accuracy has fallen against BASE=origin/main
	@python -m letterpress gate --base $(BASE)

export: with-export  ## write the ensemble of RECIPE as one ONNX file
	@python -m letterpress export $(FOLDER)

audit:  ## known flaws of the packages in requirements/ (needs pipx and the network)
	pipx run pip-audit $(foreach lock,base $(EXTRAS),--requirement requirements/$(lock).lock) --disable-pip --no-deps

experiments: setup  ## the experiments of the default recipe, or of RECIPE, in one table
	@cd $(FOLDER) && python -m dvc exp show --only-changed --hide-workspace --drop '.*/|Created|State|Executor|.*\.(std|best)$$'

metrics: setup  ## the figures of every recipe
	@for params in params.yaml recipes/*/params.yaml; do (cd $$(dirname $$params) && test ! -f metrics/ensemble.json || \
	  { echo && pwd && python -m dvc metrics show --precision 4; }); done

dag: setup  ## draw the stages of the default recipe, or of RECIPE
	@python -m letterpress dag $(FOLDER)

changes: setup  ## curves and confusions against BASE, as Markdown
	@python -m letterpress changes --base $(BASE)

table: setup  ## write the tables of README and docs/results.md from the committed figures
	@python -m letterpress table

submit: setup  ## send RECIPE's submission to Kaggle, after showing it; YES=1 does not ask
	@python -m letterpress submit $(FOLDER) $(if $(YES),--yes)

demo: with-demo  ## a page of this machine to draw or drop characters on, for RECIPE's ensemble
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

# An extra's lock leaves out what is in the base; only gpu replaces one of its packages.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
BASE_NAMES = $(shell sed -n 's/^\([a-z0-9._-]*\)==.*/\1/p' requirements/base.lock | sort -u)
lock:  ## pin the newest versions that fit pyproject.toml (needs uv)
	$(COMPILE) -o requirements/base.lock
	@for extra in $(EXTRAS); do $(MAKE) --no-print-directory requirements/$$extra.lock; done

.PHONY: $(EXTRAS:%=requirements/%.lock)
$(EXTRAS:%=requirements/%.lock): requirements/%.lock:
	$(COMPILE) -c requirements/base.lock --extra $* -o $@ $(addprefix --no-emit-package ,$(filter-out $(if $(filter gpu,$*),tensorflow),$(BASE_NAMES)))

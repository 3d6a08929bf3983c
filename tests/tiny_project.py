"""A project of two stages and two recipes, the root and `a`, that DVC runs in a second."""

import json
import shutil
from pathlib import Path

import yaml

from letterpress.infrastructure.projects import create_project
from tests.clones import commit, run
from tests.imports import ROOT

FIGURES = {"validation": {"mean": 0.95}, "oof": {"accuracy": 0.95}, "holdout": {"accuracy": 0.95}}
DVC_YAML = """\
stages:
  train:
    cmd: python stages/train.py
    deps: [stages/train.py, letterpress/training, data/in.json]
    params: [aug]
    outs: [data/predictions/m0.json]
  evaluate:
    cmd: python stages/evaluate.py
    deps: [stages/evaluate.py, letterpress/evaluation.py, data/predictions]
    metrics: [metrics/ensemble.json: {cache: false}]
"""
COPY = """\
from pathlib import Path

Path({0!r}).parent.mkdir(parents=True, exist_ok=True)
Path({0!r}).write_text(Path({1!r}).read_text())
"""
TRAINER = '''"""Train."""


def steps(epochs):
    """Count steps."""
    total = epochs * 10  # a comment
    return total
'''
FILES = {
    ".gitignore": (ROOT / ".gitignore").read_text(encoding="utf-8"),
    ".dvcignore": "__pycache__\n/recipes\n",
    "dvc.yaml": DVC_YAML,
    "letterpress/training/trainer.py": TRAINER,
    "letterpress/training/page.html": "<p>\n",
    "letterpress/evaluation.py": "x = 1\n",
    "stages/train.py": COPY.format("data/predictions/m0.json", "data/in.json"),
    "stages/evaluate.py": COPY.format("metrics/ensemble.json", "data/predictions/m0.json"),
}


def make_tiny_project(root: Path) -> None:
    """Write the project, run both recipes, and commit. The root is strict, `a` is not."""
    for name, text in FILES.items():
        write(root / name, text)
    run(root, "git", "init", "-q")
    run(root, "dvc", "init", "-q")
    run(root, "dvc", "config", "core.analytics", "false")
    add_recipe(root, "a")
    shutil.copy(ROOT / "params.yaml", root)
    for folder in (root, root / "recipes/a"):
        write(folder / "data/in.json", json.dumps(FIGURES))
        run(folder, "dvc", "repro", "-q")
    commit(root)


def add_recipe(root: Path, name: str) -> Path:
    """Add a recipe that is not strict and has not run."""
    folder = root / "recipes" / name
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["gate"]["strict"] = False
    write(folder / "params.yaml", yaml.safe_dump(params))
    create_project(folder, root)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def edit(root: Path, text: str, file: str = "letterpress/training/trainer.py") -> None:
    """Change a file, and commit it."""
    write(root / file, text)
    commit(root)


def nest_in_larger_repository(root: Path, outer: Path) -> Path:
    """Copy the project to a folder of a repository, and commit; return it."""
    run(outer, "git", "init", "-q")
    shutil.copytree(root, outer / "inner", symlinks=True, ignore=shutil.ignore_patterns(".git"))
    commit(outer)
    return outer / "inner"

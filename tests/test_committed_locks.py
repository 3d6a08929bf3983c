"""A fresh clone without data proves that a strict recipe's lock fits the committed code, parameters and metrics."""

import subprocess

import pytest

from letterpress.configuration.loader import load_section
from letterpress.configuration.project import GateConfig
from letterpress.infrastructure import projects
from tests.clones import environment, run
from tests.imports import ROOT

RECIPES = {projects.name_of(folder): folder.relative_to(ROOT) for folder in projects.folders()}
STRICT = [
    name for name, folder in RECIPES.items() if load_section(GateConfig, "gate", ROOT / folder / "params.yaml").strict
]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone") / "clone"
    run(ROOT, "git", "clone", "-q", ".", str(folder))
    return folder


def what_would_run(folder) -> subprocess.CompletedProcess:
    command = ["dvc", "repro", "--allow-missing", "--dry"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)


@pytest.mark.parametrize("name", STRICT)
def test_a_strict_recipe_is_up_to_date(clone, name):
    done = what_would_run(clone / RECIPES[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Running stage" not in done.stdout


def test_changed_code_is_not_up_to_date(clone):
    with (clone / "letterpress/training/trainer.py").open("a") as code:
        code.write("# another line\n")
    assert what_would_run(clone).returncode != 0

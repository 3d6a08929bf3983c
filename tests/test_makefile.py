"""The Makefile's own work: which recipe is meant, and what the environment lacks, at any path."""

import os
import shutil
import subprocess

import pytest

from tests.counts import INPUTS, count
from tests.imports import ROOT

OF_OUTER_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # where `make test` runs this, make says which folder it enters
PYTHON = """\
#!/bin/sh
echo "$@" >> calls.txt
touch .venv/bin/letterpress
chmod +x .venv/bin/letterpress
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the Makefile, two recipes and an environment whose Python only records its calls."""
    folder = tmp_path / 'Mü\'s "letter" press'
    for recipe in (folder, folder / "recipes/tiny", folder / "recipes/other"):
        recipe.mkdir(parents=True)
        (recipe / "params.yaml").touch()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / ".venv/bin/python").write_text(PYTHON)
    (folder / ".venv/bin/python").chmod(0o755)
    for name in ("base", "dev", "bench", "demo"):
        shutil.copy(ROOT / f"requirements/{name}.lock", folder / ".venv" / f".{name}")
    return folder


def make(checkout, *arguments, **variables: str) -> subprocess.CompletedProcess:
    """Run make with pip, whether or not uv is there: pip is run by the Python that records."""
    own = {key: value for key, value in os.environ.items() if key not in OF_OUTER_MAKE} | variables
    arguments = ("UV=", *arguments)
    return subprocess.run(["make", *arguments], cwd=checkout, env=own, capture_output=True, text=True)


def test_an_environment_without_the_command_gets_it_once(checkout):
    for _ in range(2):
        done = make(checkout, "setup")
        assert (done.returncode, done.stderr) == (0, "")
    (call,) = (checkout / "calls.txt").read_text().splitlines()
    assert " install " in call
    assert call.endswith(" --no-deps --no-build-isolation --editable .")


@pytest.mark.parametrize(
    ("installer", "not_written", "options"),
    [
        ("", "", {"--no-compile"}),
        ("", "1", set()),
        ("/usr/bin/uv", "", set()),
        ("/usr/bin/uv", "1", {"--compile-bytecode"}),
    ],
)
def test_the_installer_compiles_where_python_may_not_write_bytecode(checkout, installer, not_written, options):
    variables = {"PYTHONDONTWRITEBYTECODE": not_written}
    done = make(checkout, "environment", "--dry-run", f"UV={installer}", **variables)
    (line,) = (line for line in done.stdout.splitlines() if "requirements/base.lock" in line and " install " in line)
    assert {word for word in line.split() if "compile" in word} == options


@pytest.mark.parametrize(
    ("recipe", "folder"),
    [
        *((name, "recipes/tiny") for name in ("tiny", "tiny/", "recipes/tiny", "recipes/tiny/", "./recipes/tiny")),
        *((name, ".") for name in ("", ".", "default")),
    ],
)
def test_a_recipe_is_known_by_its_name_or_folder(checkout, recipe, folder):
    done = make(checkout, "report", f"RECIPE={recipe}", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"cd {folder} && python stages report"


@pytest.mark.parametrize("recipe", ["tyni", "recipes/recipes/tiny", "my signs", "nowhere/tiny", "; touch harm"])
@pytest.mark.parametrize("target", ["repro", "submit"])
def test_the_known_recipes_are_named_for_an_unknown_one(checkout, target, recipe):
    count(INPUTS)
    done = make(checkout, target, f"RECIPE={recipe}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"RECIPE={recipe}: no such recipe; known: default " in done.stderr
    assert "tiny" in done.stderr.partition("known: ")[2]
    assert not (checkout / "harm").exists()

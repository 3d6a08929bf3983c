"""dvc.yaml is one file, and a stage imports nothing but what it depends on."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure import projects
from tests.imports import ROOT, closure, imported_files

DAG = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES = {name: stage.get("do", stage) for name, stage in DAG["stages"].items()}
RECIPES = projects.folders()[1:]
FREE = ("letterpress/configuration/", "letterpress/infrastructure/", "letterpress/storage/")  # change no result
# From the bottom up: a room may import from those before it.
ROOMS = [
    "infrastructure",
    "configuration",
    "storage",
    "images",
    "sources",
    "datasets",
    "inference",
    "networks",
    "training",
    "ensembling",
    "context",
    "evaluation",
    "report",
    "cluster",
    "serving",
    "commands",
]
# Loaded by a name from params.yaml, so that a network or source stales only what uses it.
NETWORK = {"train": "letterpress/networks/${item.network}.py", "predict": "letterpress/networks/${item.network}.py"}
NETWORK["pretrain"] = "letterpress/networks/${key}.py"
SHOWN = {"report": {"baseline"}}  # read as text, for the page
# A change of these changes data that the stage depends on: data/splits, data/ensemble, models/, metrics/curves.
IMPLIED = {name: {"ensemble.members"} for name in ("average", "evaluate")}
IMPLIED["report"] = {"ensemble.members", "pretrain.networks", "aug"}
SOURCE = "letterpress/sources/${dataset.source}"


def code_deps(stage: str) -> set[str]:
    return {dep for dep in STAGES[stage]["deps"] if dep.startswith(("letterpress/", "stages/"))}


def imports_of(stage: str) -> set[str]:
    """What a stage imports, with the networks' and sources' own imports, which are loaded by name."""
    files = closure(ROOT / f"stages/{stage}.py")
    if stage in NETWORK:
        for network in (ROOT / "letterpress/networks").glob("[a-z]*.py"):
            files |= closure(network) - {network.relative_to(ROOT).as_posix()}
    if stage == "fetch":
        for source in (ROOT / "letterpress/sources").glob("*/fetch.py"):
            folder = source.parent.relative_to(ROOT).as_posix()
            files |= {name for name in closure(source) if not name.startswith(f"{folder}/")}
    return {name for name in files if not name.startswith(FREE)}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_only_from_its_dependencies(stage):
    missing = {
        name
        for name in imports_of(stage)
        if not any(name == dep or name.startswith(f"{dep}/") for dep in code_deps(stage))
    }
    assert missing == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_no_code_that_it_does_not_import(stage):
    by_name = {NETWORK.get(stage), SOURCE}
    used = imports_of(stage)
    idle = {
        dep
        for dep in code_deps(stage) - by_name
        if not any(name == dep or name.startswith(f"{dep}/") for name in used)
    }
    assert idle == set()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_the_parameters_that_it_reads(stage):
    """Compare `params.section.key` in the stage's text with dvc.yaml; a key may stand for its section."""
    text = (ROOT / f"stages/{stage}.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\bparams\.((?!yaml)[a-z_]+(?:\.[a-z0-9_]+)?)", text)) | SHOWN.get(stage, set())
    listed = {re.sub(r"\.\$\{key\}$", "", param) for param in STAGES[stage].get("params", [])}
    assert {key for key in listed if not any(_covers(key, name) for name in read)} == set()
    read -= IMPLIED.get(stage, set())
    assert {name for name in read if not any(_covers(key, name) for key in listed)} == set()


def _covers(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


@pytest.mark.parametrize(
    ("stage", "unread"),
    [
        ("fetch", {"layout", "classes"}),
        ("preprocess", {"source", "sha256", "kaggle", "path", "synthetic"}),
        ("average", {"source", "sha256", "kaggle", "path", "synthetic"}),
    ],
)
def test_no_key_of_the_section_dataset_is_forgotten(stage, unread):
    listed = {name.removeprefix("dataset.") for name in STAGES[stage]["params"] if name.startswith("dataset.")}
    assert listed == {field.name for field in fields(DatasetConfig)} - unread


def test_rooms_import_from_lower_rooms_only():
    upward = []
    for file in ROOT.glob("letterpress/*/**/*.py"):
        room = file.relative_to(ROOT / "letterpress").parts[0]
        for imported in imported_files(file):
            other = imported.relative_to(ROOT / "letterpress").parts[0]
            if other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                upward.append((file.relative_to(ROOT).as_posix(), imported.relative_to(ROOT).as_posix()))
    assert upward == []


def test_no_modules_import_each_other_in_a_circle():
    for file in ROOT.glob("letterpress/**/*.py"):
        for imported in imported_files(file):
            if imported.name != "__init__.py":
                assert file.relative_to(ROOT).as_posix() not in closure(imported), (file, imported)


def test_the_library_imports_no_stage():
    for file in ROOT.glob("letterpress/**/*.py"):
        assert not [name for name in closure(file) if name.startswith("stages/")], file


def test_packages_hold_a_docstring_only():
    for file in [*ROOT.glob("letterpress/*/**/__init__.py"), ROOT / "stages/__init__.py"]:
        body = ast.parse(file.read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], file


def test_no_module_is_very_small_and_none_very_large():
    sizes = {file: len(file.read_text().splitlines()) for file in ROOT.glob("letterpress/**/[a-z]*.py")}
    assert [str(file) for file, size in sizes.items() if size > 250] == []


@pytest.mark.parametrize("folder", RECIPES, ids=lambda folder: folder.name)
def test_a_recipe_is_a_project_with_the_roots_dag(folder: Path):
    assert not (folder / "dvc.yaml").is_symlink()
    for name in projects.COPIES:
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()
    for name in projects.LINKS:
        assert (folder / name).resolve() == ROOT / name
    assert (folder / ".dvc/config").read_text(encoding="utf-8") == projects.CONFIG


def test_the_dag_is_short():
    assert len((ROOT / "dvc.yaml").read_text().splitlines()) <= 170

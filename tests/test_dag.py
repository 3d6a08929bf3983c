"""dvc.yaml lists what each stage really imports: no module more, none less."""

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from letterpress.configuration.data import DatasetConfig, ImageConfig
from letterpress.configuration.training import PretrainConfig
from letterpress.infrastructure import projects as recipes
from tests.imports import ROOT, closure

DAG = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES = {name: stage.get("do", stage) for name, stage in DAG["stages"].items()}
PREFIX = "${root}/"
SOURCES = "letterpress/sources/"

# Loaded by a name from params.yaml, so that a network or source stales only what uses it.
BY_NAME = {
    "fetch": [f"{SOURCES}${{dataset.source}}"],
    "train": [
        "letterpress/networks/${item.network}.py",
        "letterpress/training/train_step_jax.py",
        "letterpress/training/train_step_tensorflow.py",
    ],
    "pretrain": [
        "letterpress/networks/${key}.py",
        "letterpress/training/train_step_jax.py",
        "letterpress/training/train_step_tensorflow.py",
    ],
    "predict": ["letterpress/networks/${item.network}.py"],
    "report": [f"letterpress/results/assets/{name}" for name in ("page.html", "script.js", "style.css")],
}


def listed(stage: str) -> list[str]:
    return [dep.removeprefix(PREFIX) for dep in STAGES[stage]["deps"] if dep.startswith(PREFIX)]


def imported(stage: str) -> set[str]:
    files = closure(ROOT / f"stages/{stage}.py")
    if stage in ("train", "pretrain", "predict"):
        for network in sorted((ROOT / "letterpress/networks").glob("*.py")):
            files |= closure(network) - {network.relative_to(ROOT).as_posix()}
    if stage == "fetch":
        for source in (ROOT / SOURCES).rglob("*.py"):
            files |= {name for name in closure(source) if not name.startswith(SOURCES)}
    return files | set(BY_NAME.get(stage, []))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_exactly_what_it_imports(stage):
    assert sorted(listed(stage)) == sorted(imported(stage))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_lists_exactly_the_sections_it_loads(stage):
    """Only the sections whose dataclass or key the stage's own text names; the report reads its SECTIONS."""
    text = (ROOT / f"stages/{stage}.py").read_text(encoding="utf-8")
    loaded = {
        re.sub(r"\{(key|net)\}", "${key}", key)
        for key in re.findall(r'loading\.load\(\S+(?:, \w+\]| \| None)?, f?"([^"]+)"', text)
    }
    loaded |= set(ast.literal_eval(match)) if (match := _sections(text)) else set()
    params = STAGES[stage].get("params", [])
    assert {_loaded_as(key, loaded) for key in params} == loaded


@pytest.mark.parametrize(
    ("stage", "section", "unread"),
    [
        ("fetch", DatasetConfig, {"layout", "classes"}),
        ("preprocess", DatasetConfig, {"source", "sha256", "kaggle", "path", "synthetic"}),
        ("context", DatasetConfig, {"source", "sha256", "kaggle", "path", "synthetic"}),
        ("preprocess", ImageConfig, set()),
        ("render", ImageConfig, {"contrast"}),
        ("report", ImageConfig, set()),
        ("report", PretrainConfig, set()),
    ],
)
def test_of_a_section_listed_by_its_keys_none_is_forgotten(stage, section, unread):
    name = section.__name__.lower()
    listed = {param.removeprefix(f"{name}.") for param in STAGES[stage]["params"] if param.startswith(f"{name}.")}
    assert listed == {field.name for field in fields(section)} - unread


def _sections(text: str) -> str | None:
    match = re.search(r"^SECTIONS = (\(.*?\))$", text, re.MULTILINE)
    return match and match.group(1)


def _loaded_as(param: str, loaded: set[str]) -> str:
    """A listed key may be a part of a section that is loaded whole."""
    return next((key for key in loaded if param == key or param.startswith(f"{key}.")), param)


def test_stages_do_not_import_each_other_and_the_library_imports_no_stage():
    for file in [*ROOT.glob("letterpress/**/*.py"), *ROOT.glob("stages/[a-z]*.py")]:
        own = {file.relative_to(ROOT).as_posix()}
        assert not {name for name in closure(file) - own if name.startswith("stages/")}, file


def test_packages_hold_a_docstring_only():
    for file in [*ROOT.glob("letterpress/**/__init__.py"), ROOT / "stages/__init__.py"]:
        body = ast.parse(file.read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], file


def test_training_imports_no_scores_and_no_plots():
    assert not {name for name in listed("train") if name.startswith("letterpress/results/")}


@pytest.mark.parametrize("folder", recipes.folders()[1:], ids=lambda folder: folder.name)
def test_a_recipes_dag_is_a_copy_of_the_one(folder: Path):
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert (folder / "dvc.yaml").read_text(encoding="utf-8") == recipes.copy_text(text, folder.name)
    assert not (folder / "dvc.yaml").is_symlink()


def test_a_copy_differs_in_its_root_and_its_name_only():
    text = "vars:\n  - root: .\n  - recipe: default\n\nstages: {}\n"
    assert recipes.copy_text(text, "mine").endswith("\n\nvars:\n  - root: ../..\n  - recipe: mine\n\nstages: {}\n")


def test_a_dag_without_its_root_is_refused():
    with pytest.raises(ValueError, match=r"expected 'vars:.*' once, received it 0 times"):
        recipes.copy_text("stages: {}\n", "mine")

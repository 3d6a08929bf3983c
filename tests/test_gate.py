import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import yaml

from letterpress.commands import gate
from letterpress.commands.gate import compare, judged_parts, lookup, table
from letterpress.configuration.data import SplitConfig
from letterpress.configuration.loader import load
from letterpress.configuration.project import GateConfig
from letterpress.configuration.training import SvcConfig, TrainConfig
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError
from tests.imports import ROOT

GATE = GateConfig(strict=True, tolerance=0.01, min_accuracy=0.5)
JUDGED = {"validation", "holdout"}
TRAIN = replace(load(TrainConfig, "train", ROOT / "params.yaml"), head=None)


def figures(validation=0.8, oof=0.85, holdout=0.86):
    return {"validation": {"mean": validation}, "oof": {"accuracy": oof}, "holdout": {"accuracy": holdout}}


def faults(base, here, judged=JUDGED):
    return [row.fault for row in compare("a", base, here, GATE, judged)]


def test_equal_figures_pass():
    assert faults(figures(), figures()) == ["", "", ""]


def test_a_drop_within_the_tolerance_passes_and_one_beyond_does_not():
    assert faults(figures(oof=0.85), figures(oof=0.841)) == ["", "", ""]
    assert faults(figures(oof=0.85), figures(oof=0.839)) == ["", "dropped by more than 0.0100", ""]


def test_a_rise_passes():
    assert faults(figures(oof=0.85), figures(oof=0.95)) == ["", "", ""]


def test_a_figure_below_the_floor_fails_even_if_the_base_was_there():
    assert faults(figures(validation=0.49), figures(validation=0.49)) == ["below the floor of 0.5000", "", ""]


def test_a_figure_that_is_gone_fails():
    here = figures()
    del here["holdout"]
    assert faults(figures(), here) == ["", "", "missing"]


def test_a_recipe_without_any_metrics_fails():
    assert faults(None, None) == ["missing", "missing", "missing"]
    assert faults(figures(), None) == ["missing", "missing", "missing"]


@pytest.mark.parametrize("value", [math.nan, math.inf, "high", True])
def test_a_figure_that_is_no_finite_number_fails(value):
    assert faults(figures(), figures(oof=value)) == ["", "not a number", ""]


def test_a_base_that_is_no_number_does_not_pass_everything():
    assert faults(figures(oof=math.nan), figures()) == ["", "dropped by more than 0.0100", ""]


def test_a_new_recipe_passes():
    rows = compare("new", None, figures(), GATE, JUDGED)
    assert [row.fault for row in rows] == ["", "", ""]
    assert "| new | oof.accuracy |  | 0.8500 |  | new | abc |" in table(rows, {"new": "abc"})


def test_a_new_recipe_lacks_no_figure_of_the_parts_that_are_judged():
    here = {"holdout": {"accuracy": 0.86}}
    assert faults(None, here) == ["missing", "missing", ""]


def test_a_figure_of_a_part_that_is_not_judged_is_not_missed_but_judged_where_it_is():
    assert faults(None, figures(), {"validation"}) == ["", "", ""]
    assert faults(None, figures(holdout=0.4), {"validation"}) == ["", "", "below the floor of 0.5000"]
    here = figures()
    del here["holdout"]
    assert faults(None, here, {"validation"}) == ["", ""]
    assert faults(None, {"holdout": {"accuracy": 0.86}}, {"holdout"}) == [""]


def test_a_figure_that_the_base_has_is_missed_whatever_is_judged():
    assert faults(figures(), {"holdout": {"accuracy": 0.86}}, {"holdout"}) == ["missing", "missing", ""]


@pytest.mark.parametrize(
    ("holdout", "validation", "judged"),
    [(0.1, 0.2, {"holdout", "validation"}), (0.1, 0, {"holdout"}), (0, 0.2, {"validation"}), (0, 0, set())],
)
def test_the_parts_that_are_judged_are_those_of_the_split(holdout, validation, judged):
    assert judged_parts(SplitConfig(0, holdout, validation), TRAIN) == judged
    svc = SvcConfig("svc", c=(1.0,), gamma=(1.0,), folds=2, by_group=True, validation=False)
    assert judged_parts(SplitConfig(0, holdout, validation), replace(TRAIN, head=svc)) == judged


def test_validation_images_that_a_head_learns_from_are_not_judged():
    svc = SvcConfig("svc", c=(1.0,), gamma=(1.0,), folds=2, by_group=False, validation=True)
    assert judged_parts(SplitConfig(seed=0, holdout=0.1, validation=0.2), replace(TRAIN, head=svc)) == {"holdout"}


def test_the_table_shows_the_change():
    text = table(compare("a", figures(oof=0.85), figures(oof=0.8), GATE, JUDGED), {"a": "abc"})
    assert "| a | oof.accuracy | 0.8500 | 0.8000 | -0.0500 | **dropped by more than 0.0100** | abc |" in text


def test_a_figure_is_found_by_its_dotted_name():
    assert lookup({"a": {"b": 1}}, "a.b") == 1.0
    assert lookup({"a": 3}, "a.b") is None
    assert lookup(None, "a.b") is None


@pytest.fixture
def clone(tmp_path):
    """A git repository with the DAG, one recipe at the root, and its metrics; nothing has run there."""
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("letterpress", "stages", ".dvc"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "cache", "tmp")
        )
    write(tmp_path, figures(0.9, 0.9, 0.9))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    commit(tmp_path)
    return tmp_path


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder):
    git(folder, "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qam", "figures")


def write(folder, content):
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "metrics/ensemble.json").write_text(json.dumps(content))


def test_a_base_that_cannot_be_resolved_is_an_error(clone):
    with pytest.raises(UserError, match="the base no-such-branch cannot be resolved"):
        gate.check("no-such-branch", clone)


def test_metrics_without_a_lock_do_not_pass(clone):
    text, passed = gate.check("HEAD", clone)
    assert not passed
    assert "Not as dvc.lock has it" in text


def test_the_figures_are_compared_with_those_of_the_base(clone):
    write(clone, figures(0.9, 0.9, 0.8))
    commit(clone)
    text, passed = gate.check("HEAD~1", clone)
    assert "| default | holdout.accuracy | 0.9000 | 0.8000 | -0.1000 |" in text
    assert not passed


def new_recipe(clone):
    """A recipe that the base does not have; nothing has run there."""
    folder = clone / "recipes/new"
    folder.mkdir(parents=True)
    shutil.copy(clone / "params.yaml", folder)
    (folder / "dvc.yaml").write_text(recipes.copy_text((clone / "dvc.yaml").read_text(), "new"))
    return folder


def of(recipe, text):
    """The table's rows of a recipe, and the lines that name it as one."""
    return [line for line in text.splitlines() if line.startswith((f"| {recipe} |", f"- {recipe}:"))]


def test_a_recipe_that_was_never_run_is_told_and_no_fault(clone):
    new_recipe(clone)
    (clone / "recipes/newer").mkdir()
    shutil.copy(clone / "params.yaml", clone / "recipes/newer")
    text, _ = gate.check("HEAD", clone)
    assert text.endswith("\n\nNot run yet: new, newer")
    assert of("new", text) == of("newer", text) == []


def test_recipes_that_were_never_run_alone_pass(clone):
    git(clone, "rm", "-q", "metrics/ensemble.json")
    commit(clone)
    text, passed = gate.check("HEAD", clone)
    assert passed
    assert text.splitlines()[-1] == "Not run yet: default"


def test_a_lock_without_metrics_is_a_fault(clone):
    folder = new_recipe(clone)
    (folder / "dvc.lock").write_text("schema: '2.0'\nstages: {}\n")
    text, passed = gate.check("HEAD", clone)
    assert not passed
    assert "Not run yet" not in text
    figures = ("validation.mean", "oof.accuracy", "holdout.accuracy")
    missed = [f"| new | {figure} |  |  |  | **missing** | not committed |" for figure in figures]
    assert of("new", text)[:3] == missed


def test_metrics_that_only_the_base_has_are_missed(clone):
    (clone / "metrics/ensemble.json").unlink()
    text, passed = gate.check("HEAD", clone)
    assert not passed
    assert "| default | oof.accuracy | 0.9000 |  |  | **missing** |" in text
    assert "Not run yet" not in text


def test_a_recipe_whose_head_learns_from_the_validation_images_needs_a_holdouts_figure_only(clone):
    folder = new_recipe(clone)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    svc = {"name": "svc", "c": [1], "gamma": [1], "folds": 2, "by_group": True, "validation": True}
    params["train"]["head"] = svc
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    write(folder, {"holdout": {"accuracy": 0.95}})
    rows = [line for line in of("new", gate.check("HEAD", clone)[0]) if line.startswith("|")]
    assert rows == ["| new | holdout.accuracy |  | 0.9500 |  | new |  |"]


def test_metrics_that_are_no_json_are_named(clone):
    (clone / "metrics/ensemble.json").write_text("{")
    with pytest.raises(UserError, match=r"metrics/ensemble.json is not valid JSON"):
        gate.check("HEAD", clone)


def test_the_command_exits_with_2_where_there_is_no_base():
    command = [sys.executable, "-m", "letterpress.commands.gate", "--base", "no-such-branch"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("gate: the base no-such-branch cannot be resolved")

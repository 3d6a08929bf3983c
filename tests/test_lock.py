"""What of a recipe does not belong to its dvc.lock, from what DVC says of it."""

import subprocess

import pytest

from letterpress.configuration.loader import load
from letterpress.configuration.project import GateConfig
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.dvc_lock import broken_links, faults_of
from tests.clones import environment, run
from tests.imports import ROOT

STAGES = ("fetch", "split", "train@m0", "evaluate")
RECIPES = {recipes.name_of(folder, ROOT): folder.relative_to(ROOT) for folder in recipes.folders(ROOT)}
STRICT = [name for name, folder in RECIPES.items() if load(GateConfig, "gate", ROOT / folder / "params.yaml").strict]


def test_data_that_a_clone_does_not_have_is_no_fault():
    status = {
        "split": [{"changed deps": {"data/prepared": "deleted"}}, {"changed outs": {"data/splits": "not in cache"}}]
    }
    assert faults_of(status, STAGES, strict=True) == ([], [])


@pytest.mark.parametrize("path", ["metrics/data.json", "metrics/members", "params.yaml", "stages/fetch.py"])
def test_what_every_clone_has_is_missed_where_it_is_deleted(path):
    assert faults_of({"evaluate": [{"changed outs": {path: "deleted"}}]}, STAGES, strict=True)[0]


def test_a_stage_that_was_run_on_something_else_is_told():
    made, used = {"path": "models/m0", "md5": "1"}, {"path": "models/m0", "md5": "2"}
    lock = {
        "stages": {"train": {"outs": [made]}, "predict": {"deps": [used, {"path": "stages/predict.py", "md5": "3"}]}}
    }
    assert broken_links(lock) == ["predict: was not run on the models/m0 that is there now"]
    assert broken_links({"stages": {"train": {"outs": [made]}, "predict": {"deps": [made]}}}) == []


def test_parameters_and_metrics_that_do_not_belong_to_the_lock_are_faults():
    status = {
        "train@m0": [{"changed deps": {"params.yaml": {"aug.rotation": "modified"}}}],
        "evaluate": [{"changed outs": {"metrics/ensemble.json": "modified"}}],
    }
    expected = ["train@m0: params.yaml: aug.rotation modified", "evaluate: metrics/ensemble.json modified"]
    assert faults_of(status, STAGES, strict=False) == (expected, [])


def test_code_that_has_moved_on_is_a_fault_of_strict_recipes_only():
    status = {"train@m0": [{"changed deps": {"../../letterpress/infrastructure/files.py": "modified"}}]}
    assert faults_of(status, STAGES, strict=True) == (
        ["train@m0: ../../letterpress/infrastructure/files.py modified"],
        [],
    )
    assert faults_of(status, STAGES, strict=False) == (
        [],
        ["train@m0: ../../letterpress/infrastructure/files.py modified"],
    )


def test_a_changed_command_is_a_fault():
    assert faults_of({"fetch": ["changed command"]}, STAGES, strict=False)[0] == ["fetch: changed command changed"]


def test_what_the_pipeline_has_won_since_is_a_fault_of_strict_recipes_only():
    status = {
        "render": [{"changed outs": {"metrics/rendered.json": "deleted"}}],
        "train@m0": [{"changed deps": {"params.yaml": {"train.head": "new"}}}],
    }
    added = ["render is not in dvc.lock", "train@m0: params.yaml: train.head new"]
    assert faults_of(status, STAGES, strict=False) == ([], added)
    assert faults_of(status, STAGES, strict=True) == (added, [])


@pytest.fixture
def without_cache(tmp_path):
    """A fresh clone of what is committed: code, parameters, figures and locks, but no data."""
    clone = tmp_path / "clone"
    run(ROOT, "git", "clone", "-q", ".", str(clone))
    return clone


def what_would_run(folder) -> subprocess.CompletedProcess:
    command = ["dvc", "repro", "--allow-missing", "--dry"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)


@pytest.mark.parametrize("name", STRICT)
def test_a_clone_without_data_proves_the_lock_of_a_strict_recipe(without_cache, name):
    done = what_would_run(without_cache / RECIPES[name])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Running stage" not in done.stdout


def test_a_lock_of_other_code_is_not_proved(without_cache):
    with (without_cache / "letterpress/training/trainer.py").open("a") as code:
        code.write("# another line\n")
    assert what_would_run(without_cache).returncode != 0

"""What `dvc status` says of a recipe, sorted into faults and what the code has moved on by."""

import pytest

from letterpress.infrastructure.dvc_lock import LockStatus, broken_links, read_status
from tests.imports import ROOT

STAGES = ("fetch", "split", "train@m0", "evaluate")


def read(stage, path, state, folder=ROOT, group="changed deps"):
    return read_status({stage: [{group: {path: state}}]}, STAGES, folder)


def test_data_that_a_clone_lacks_is_no_fault(tmp_path):
    (tmp_path / "data/predictions/empty").mkdir(parents=True)
    assert read("split", "data/prepared", "deleted") == LockStatus()
    assert read("split", "data/splits", "not in cache", group="changed outs") == LockStatus()
    assert read("evaluate", "data/predictions", "modified", tmp_path) == LockStatus()
    (tmp_path / "data/predictions/empty/m0.npz").touch()
    assert read("evaluate", "data/predictions", "modified", tmp_path).faults


@pytest.mark.parametrize("path", ["metrics/data.json", "metrics/details.json", "params.yaml"])
def test_a_deleted_file_of_git_is_a_fault(path):
    assert read("evaluate", path, "deleted").faults == [f"evaluate: {path} deleted"]


def test_changed_parameters_metrics_and_commands_are_faults():
    status = {
        "train@m0": [{"changed deps": {"params.yaml": {"aug.rotation": "modified"}}}, "changed command"],
        "evaluate": [{"changed outs": {"metrics/ensemble.json": "modified"}}],
    }
    assert read_status(status, STAGES, ROOT).faults == [
        "train@m0: params.yaml: aug.rotation modified",
        "train@m0: changed command changed",
        "evaluate: metrics/ensemble.json modified",
    ]


@pytest.mark.parametrize(("path", "state"), [("letterpress/training", "modified"), ("stages/train.py", "deleted")])
def test_changed_code_is_listed_by_stage_and_path(path, state):
    assert read("train@m0", path, state) == LockStatus(code={("train@m0", path)})


def test_new_stages_and_parameters_are_listed():
    assert read("render", "metrics/data.json", "deleted").added == ["render is not in dvc.lock"]
    assert read("train@m0", "params.yaml", {"train.head": "new"}).added == ["train@m0: params.yaml: train.head new"]


def test_a_stage_that_was_not_run_on_the_output_before_it_is_named():
    made, used = {"path": "models/m0", "md5": "1"}, {"path": "models/m0", "md5": "2"}
    code = {"path": "stages/predict.py", "md5": "3"}
    lock = {"stages": {"train": {"outs": [made]}, "predict": {"deps": [used, code]}}}
    assert broken_links(lock) == ["predict: was not run on the models/m0 of the stage before"]
    assert broken_links({"stages": {"train": {"outs": [made]}, "predict": {"deps": [made]}}}) == []

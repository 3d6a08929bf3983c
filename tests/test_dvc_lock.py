"""What `dvc status` says of a recipe, sorted into faults and what the code has moved on by."""

import pytest

from letterpress.infrastructure.dvc_lock import LockStatus, broken_links, read_status

STAGES = ("fetch", "split", "train@m0", "evaluate")


def read(stage, path, state, group="changed deps"):
    return read_status({stage: [{group: {path: state}}]}, STAGES)


@pytest.mark.parametrize("path", ["data/prepared", "models/m0", "data/predictions/m0.npz", "report/contents.json"])
@pytest.mark.parametrize("state", ["deleted", "not in cache", "modified"])
def test_data_is_no_fault_whatever_a_clone_has_of_it(path, state):
    assert read("split", path, state) == read("split", path, state, "changed outs") == LockStatus()


@pytest.mark.parametrize("path", ["metrics/data.json", "metrics/details.json", "params.yaml"])
def test_a_deleted_file_of_git_is_a_fault(path):
    assert read("evaluate", path, "deleted").faults == [f"evaluate: {path} deleted"]


def test_changed_parameters_metrics_and_commands_are_faults():
    status = {
        "train@m0": [{"changed deps": {"params.yaml": {"aug.rotation": "modified"}}}, "changed command"],
        "evaluate": [{"changed outs": {"metrics/ensemble.json": "modified"}}],
    }
    assert read_status(status, STAGES).faults == [
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


def links(stages):
    return broken_links({"stages": stages}, ["m0", "m1"])


def test_a_stage_that_was_not_run_on_the_output_before_it_is_named():
    made, used = {"path": "models/m0", "md5": "1"}, {"path": "models/m0", "md5": "2"}
    code = {"path": "stages/predict.py", "md5": "3"}
    assert links({"train@m0": {"outs": [made]}, "predict@m0": {"deps": [used, code]}}) == [
        "predict@m0: was not run on the models/m0 of the stage before"
    ]
    assert links({"train@m0": {"outs": [made]}, "predict@m0": {"deps": [made]}}) == []


def test_a_folder_of_several_outputs_is_compared_and_members_that_are_gone_are_not_in_it():
    outputs = {key: {"outs": [{"path": f"data/{key}.npz", "md5": key * 16}]} for key in ("m0", "m1", "m2")}
    stages = {f"predict@{key}": stage for key, stage in outputs.items()}
    of_both = "34b51ed352ac848b21c87f0e89fa5d55.dir"
    assert links(stages | {"average": {"deps": [{"path": "data", "md5": of_both}]}}) == []
    fault = ["average: was not run on the data of the stage before"]
    assert links(stages | {"average": {"deps": [{"path": "data", "md5": "4.dir"}]}}) == fault

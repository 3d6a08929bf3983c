import json
import math
import shutil
import subprocess
import sys

import pytest

from letterpress import gate
from letterpress.errors import UserError
from letterpress.gate import broken_links, compare, lock_faults, lookup, table
from letterpress.params.gate import Gate
from letterpress.params.split import Split
from tests.imports import ROOT

GATE = Gate(strict=True, tolerance=0.01, floor=0.5)
SPLIT = Split(seed=0, holdout=0.1, validation=0.2)


def figures(validation=0.8, oof=0.85, holdout=0.86):
    return {"validation": {"mean": validation}, "oof": {"accuracy": oof}, "holdout": {"accuracy": holdout}}


def faults(base, here, split=SPLIT):
    return [row.fault for row in compare("a", base, here, GATE, split)]


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
    rows = compare("new", None, figures(), GATE, SPLIT)
    assert [row.fault for row in rows] == ["", "", ""]
    assert "| new | oof.accuracy |  | 0.8500 |  | new | abc |" in table(rows, {"new": "abc"})


def test_a_new_recipe_lacks_no_figure_that_its_split_makes():
    here = {"holdout": {"accuracy": 0.86}}
    assert faults(None, here) == ["missing", "missing", ""]


def test_a_figure_that_a_split_does_not_make_is_not_missed():
    assert faults(None, figures(), Split(seed=0, holdout=0, validation=0.2)) == ["", "", ""]
    here = figures()
    del here["holdout"]
    assert faults(None, here, Split(seed=0, holdout=0, validation=0.2)) == ["", ""]


def test_the_table_shows_the_change():
    text = table(compare("a", figures(oof=0.85), figures(oof=0.8), GATE, SPLIT), {"a": "abc"})
    assert "| a | oof.accuracy | 0.8500 | 0.8000 | -0.0500 | **dropped by more than 0.0100** | abc |" in text


def test_a_figure_is_found_by_its_dotted_name():
    assert lookup({"a": {"b": 1}}, "a.b") == 1.0
    assert lookup({"a": 3}, "a.b") is None
    assert lookup(None, "a.b") is None


def test_data_that_a_clone_does_not_have_is_no_fault():
    status = {
        "split": [{"changed deps": {"data/prepared": "deleted"}}, {"changed outs": {"data/splits": "not in cache"}}]
    }
    assert lock_faults(status, strict=True) == ([], [])


@pytest.mark.parametrize("path", ["metrics/data.json", "metrics/members", "params.yaml", "stages/fetch.py"])
def test_what_every_clone_has_is_missed_where_it_is_deleted(path):
    assert lock_faults({"evaluate": [{"changed outs": {path: "deleted"}}]}, strict=True)[0]


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
    assert lock_faults(status, strict=False) == (expected, [])


def test_code_that_has_moved_on_is_a_fault_of_strict_recipes_only():
    status = {"train@m0": [{"changed deps": {"../../letterpress/files.py": "modified"}}]}
    assert lock_faults(status, strict=True) == (["train@m0: ../../letterpress/files.py modified"], [])
    assert lock_faults(status, strict=False) == ([], ["train@m0: ../../letterpress/files.py modified"])


def test_a_changed_command_is_a_fault():
    assert lock_faults({"fetch": ["changed command"]}, strict=False)[0] == ["fetch: changed command changed"]


@pytest.fixture
def clone(tmp_path):
    """A git repository with the DAG, one recipe at the root, and its metrics; nothing has run there."""
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("letterpress", "stages", ".dvc"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "cache", "tmp")
        )
    (tmp_path / "metrics").mkdir()
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


def test_metrics_that_are_no_json_are_named(clone):
    (clone / "metrics/ensemble.json").write_text("{")
    with pytest.raises(UserError, match=r"metrics/ensemble.json is not valid JSON"):
        gate.check("HEAD", clone)


def test_the_command_exits_with_2_where_there_is_no_base():
    command = [sys.executable, "-m", "letterpress.gate", "--base", "no-such-branch"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("gate: the base no-such-branch cannot be resolved")

"""The gate fails if a figure has dropped, or if metrics, parameters or code do not fit dvc.lock."""

import argparse
import json
import math
import shutil
import subprocess
import sys

import pytest
import yaml

from letterpress.commands import gate
from letterpress.commands.gate import compare_figures, measured_parts, read_figure
from letterpress.configuration.params import load_params
from letterpress.configuration.project import GateConfig
from letterpress.infrastructure import git
from letterpress.infrastructure.errors import UserError
from tests.clones import commit, environment, run
from tests.counts import INPUTS, count
from tests.tiny_project import (
    FIGURES,
    TRAINER,
    add_recipe,
    edit,
    nest_in_larger_repository,
    write,
)

GATE = GateConfig(strict=True, tolerance=0.01, min_accuracy=0.5)
PARTS = {"validation", "holdout"}
WATCHED = ("validation.mean", "oof.accuracy", "holdout.accuracy")
OLDER = "older than the code: letterpress/training/trainer.py differs"


def figures(validation=0.8, oof=0.85, holdout=0.86):
    found = {"validation": {"mean": validation}, "oof": {"accuracy": oof}, "holdout": {"accuracy": holdout}}
    return {part: values for part, values in found.items() if None not in values.values()}


def faults(base, here, parts=PARTS):
    return [row.fault for row in compare_figures("a", base, here, GATE, parts)]


@pytest.mark.parametrize(
    ("base", "here", "expected"),
    [
        (figures(), figures(), ["", "", ""]),
        (figures(oof=0.85), figures(oof=0.95), ["", "", ""]),
        (figures(oof=0.85), figures(oof=0.841), ["", "", ""]),
        (figures(oof=0.85), figures(oof=0.839), ["", "dropped by more than 0.0100", ""]),
        (figures(validation=0.49), figures(validation=0.49), ["below gate.min_accuracy, 0.5000", "", ""]),
        (figures(), figures(holdout=None), ["", "", "missing"]),
        (figures(), None, ["missing"] * 3),
        (None, None, ["missing"] * 3),
        (None, figures(), ["", "", ""]),
        (figures(oof=math.nan), figures(), ["", "dropped by more than 0.0100", ""]),
    ],
)
def test_a_figure_that_drops_is_below_min_accuracy_or_is_missing_fails(base, here, expected):
    assert faults(base, here) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, "high", True])
def test_a_figure_that_is_no_finite_number_fails(value):
    assert faults(figures(), figures(oof=value)) == ["", "not a number", ""]


def test_a_figure_of_a_part_without_images_is_needed_only_if_the_base_has_it():
    holdout_only = figures(None, None, 0.86)
    assert faults(None, holdout_only, {"holdout"}) == [""]
    assert faults(figures(), holdout_only, {"holdout"}) == ["missing", "missing", ""]
    assert faults(None, figures(holdout=0.4), {"validation"}) == ["", "", "below gate.min_accuracy, 0.5000"]
    assert faults(None, figures(holdout=None), {"validation"}) == ["", ""]


def test_lookup_follows_a_dotted_name():
    assert read_figure({"a": {"b": 1}}, "a.b") == 1.0
    assert read_figure({"a": 3}, "a.b") is None
    assert read_figure(None, "a.b") is None


def check(project, base="HEAD"):
    """The report's lines, the table's columns divided by one space, and whether all have passed."""
    text, passed = gate.check_recipes(base, project)
    return [" ".join(line.split()) for line in text.splitlines()], passed


def of(recipe, lines):
    """The lines about a recipe."""
    return [line for line in lines if line.startswith((f"| {recipe} |", f"- {recipe}:"))]


def measured_again(folder, figures):
    """Run a recipe on other data, which makes other metrics."""
    write(folder / "data/in.json", json.dumps(figures))
    run(folder, "dvc", "repro", "-q")


def test_a_project_as_committed_passes(project):
    lines, passed = check(project)
    here = run(project, "git", "log", "-1", "--format=%h").strip()
    assert passed
    assert lines[4:] == [
        f"| {name} | {figure} | 0.9500 | 0.9500 | +0.0000 | ok | {here} |"
        for name in ("default", "a")
        for figure in WATCHED
    ]


def test_a_drop_against_the_base_fails(project):
    measured_again(project, FIGURES | {"holdout": {"accuracy": 0.92}})
    lines, passed = check(project)
    dropped = "| default | holdout.accuracy | 0.9500 | 0.9200 | -0.0300 | **dropped by more than 0.0050** |"
    assert [line for line in lines if line.startswith("| default | hold")] == [f"{dropped} not committed |"]
    assert not passed


def test_a_drop_fails_in_a_folder_of_a_larger_repository(project, tmp_path):
    inner = nest_in_larger_repository(project, tmp_path)
    measured_again(inner / "recipes/a", figures(0.92, 0.95, 0.95))
    lines, passed = check(inner)
    assert of("a", lines)[0].startswith("| a | validation.mean | 0.9500 | 0.9200 | -0.0300 | **dropped")
    assert not passed


@pytest.mark.parametrize("place", ["repository", "worktree", "submodule"])
def test_a_recipe_is_compared_with_itself_in_hooks_too(project, tmp_path, monkeypatch, place):
    """Git sets GIT_DIR there, with which a folder's files would be looked for at the top."""
    measured_again(project / "recipes/a", figures(0.97, 0.97, 0.97))
    commit(project)
    here = tmp_path / "here"
    if place == "worktree":
        run(project, "git", "worktree", "add", "-q", "-b", "other", str(here))
    elif place == "submodule":
        run(tmp_path, "git", "init", "-q")
        run(tmp_path, "git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", "./project", "here")
    else:
        here = project
    monkeypatch.setenv("GIT_DIR", run(here, "git", "rev-parse", "--absolute-git-dir").strip())
    monkeypatch.setenv("GIT_INDEX_FILE", "no-such-index")
    lines, passed = check(here)
    assert passed
    assert of("a", lines)[0].startswith("| a | validation.mean | 0.9700 | 0.9700 | +0.0000 | ok |")
    assert "not committed" not in "".join(lines)


def test_a_base_that_cannot_be_read_is_not_taken_for_one_without_figures(project):
    blob = run(project, "git", "rev-parse", "HEAD:metrics/ensemble.json").strip()
    (project / ".git/objects" / blob[:2] / blob[2:]).unlink()  # as in a partial clone without a network
    with pytest.raises(UserError, match=r"metrics/ensemble\.json cannot be read at \w{7}; fetch it"):
        check(project)


def test_figures_parameters_or_metrics_edited_by_hand_fail(project):
    write(project / "metrics/ensemble.json", json.dumps(figures(0.96, 0.96, 0.96)))
    params = yaml.safe_load((project / "recipes/a/params.yaml").read_text())
    params["aug"]["rotation"] = 33
    write(project / "recipes/a/params.yaml", yaml.safe_dump(params))
    lines, passed = check(project)
    assert "- default: evaluate: metrics/ensemble.json modified" in lines
    assert "- a: train: params.yaml: aug modified" in lines
    assert not passed


def half_a_folder(folder):
    write(folder / "data/predictions/half/m1.npz", "")


def nothing(folder):
    shutil.rmtree(folder / "data")


def empty_folder(folder):
    nothing(folder)
    (folder / "data/predictions").mkdir(parents=True)  # which `dvc checkout` makes


def other_data(folder):
    write(folder / "data/predictions/m0.json", "{}")


def a_gone_members_file(folder):
    write(folder / "data/predictions/m2.json", "{}")


def a_file_for_a_folder(folder):
    nothing(folder)
    write(folder / "data/predictions", "")


def a_link_to_nowhere(folder):
    nothing(folder)
    (folder / "data").symlink_to("nowhere")


@pytest.mark.parametrize(
    "leave",
    [
        nothing,
        empty_folder,
        half_a_folder,
        other_data,
        a_gone_members_file,
        a_file_for_a_folder,
        a_link_to_nowhere,
    ],
)
def test_the_gate_says_the_same_whatever_data_is_here(project, leave):
    shutil.rmtree(project / ".dvc/cache")
    leave(project)
    leave(project / "recipes/a")
    lines, passed = check(project)
    count(INPUTS)
    assert passed, lines


@pytest.mark.parametrize("command", ["checkout", "pull", "install"])
def test_dvcs_own_commands_in_a_clone_without_data_change_nothing(project, tmp_path, command):
    run(tmp_path, "git", "clone", "-q", "project", "clone")
    clone = tmp_path / "clone"
    for folder in (clone, clone / "recipes/a"):
        dvc = [sys.executable, "-m", "dvc", command]
        for tried in (dvc, ["git", "checkout", "-q", "-B", "other"]):  # git runs the hook, if there is one
            subprocess.run(tried, cwd=folder, env=environment(), capture_output=True)  # which fails without data
    lines, passed = check(clone)
    assert passed, lines


def test_an_experiment_is_applied_and_kept(project):
    """As docs/recipes.md says; without .gitignore DVC would replace the links by copies."""
    a = project / "recipes/a"
    write(a / "data/in.json", json.dumps(figures(0.96, 0.96, 0.96)))
    run(a, "dvc", "exp", "run", "-q", "-n", "better", "-S", "aug.rotation=33")
    run(a, "git", "checkout", "-q", ".")
    run(a, "dvc", "checkout", "-q")
    assert check(project)[1]
    assert "letterpress" not in run(a, "dvc", "exp", "apply", "better")
    assert [(a / name).is_symlink() for name in ("letterpress", "stages")] == [True, True]
    assert sorted(git.uncommitted(project, ".")) == [
        f"recipes/a/{name}" for name in ("dvc.lock", "metrics/ensemble.json", "params.yaml")
    ]
    commit(project)
    lines, passed = check(project, "HEAD~1")
    assert passed
    assert of("a", lines)[0].startswith("| a | validation.mean | 0.9500 | 0.9600 | +0.0100 | ok |")


def test_the_same_code_passes_and_restamping_is_suggested(project):
    edit(project, TRAINER.replace("a comment", "another one"))
    lines, passed = check(project)
    assert passed
    assert lines[-1] == f"{gate.SAME_CODE}: default, a"


def test_older_code_fails_a_strict_recipe_only(project):
    edit(project, TRAINER.replace("10", "11"))
    lines, passed = check(project)
    assert not passed
    assert of("default", lines)[3:] == [f"- default: {OLDER}"]
    assert of("a", lines)[3:] == ["- a: letterpress/training/trainer.py differs"]


def test_uncommitted_code_is_compared_too(project):
    write(project / "letterpress/training/trainer.py", TRAINER.replace("a comment", "another one"))
    write(project / "letterpress/evaluation.py", "x = 2\n")
    lines, passed = check(project)
    assert of("a", lines)[3:] == ["- a: letterpress/evaluation.py differs"]
    assert not passed


def test_a_lock_that_records_no_code_is_older_than_the_code(project):
    lock = yaml.safe_load((project / "recipes/a/dvc.lock").read_text())
    lock["stages"]["train"]["deps"] = [dep for dep in lock["stages"]["train"]["deps"] if "data" in dep["path"]]
    write(project / "recipes/a/dvc.lock", yaml.safe_dump(lock))
    lines, _ = check(project)
    assert of("a", lines)[3:] == ["- a: not as in dvc.lock: letterpress/training; stages/train.py"]


def test_recipes_that_were_never_run_are_listed_and_no_fault(project):
    add_recipe(project, "new")
    add_recipe(project, "newer")
    lines, passed = check(project)
    assert passed
    assert lines[-1] == "Not run yet: new, newer"
    assert of("new", lines) == of("newer", lines) == []


def test_metrics_or_locks_that_are_gone_fail(project):
    (project / "metrics/ensemble.json").unlink()
    (project / "recipes/a/dvc.lock").unlink()
    lines, passed = check(project)
    assert not passed
    assert "| default | oof.accuracy | 0.9500 | | | **missing** |" in of("default", lines)[1]
    assert "- a: dvc.lock is missing" in lines


def test_a_recipe_that_is_gone_fails(project):
    shutil.rmtree(project / "recipes/a")
    lines, passed = check(project)
    assert "- recipes/a: the recipe is gone, but the base has it" in lines
    assert not passed


def test_a_base_with_a_lock_but_without_metrics_fails(project):
    metrics = (project / "metrics/ensemble.json").read_text()
    run(project, "git", "rm", "-q", "metrics/ensemble.json")
    commit(project)
    edit(project, metrics, "metrics/ensemble.json")
    lines, passed = check(project, "HEAD~1")
    assert "- default: the base has dvc.lock, but no metrics/ensemble.json to compare with" in lines
    assert not passed


def test_metrics_that_are_no_json_and_a_base_that_is_unknown_are_named(project):
    write(project / "metrics/ensemble.json", "{")
    with pytest.raises(UserError, match=r"metrics/ensemble.json is not valid JSON"):
        gate.check_recipes("HEAD", project)
    with pytest.raises(UserError, match="the base no-such-branch cannot be resolved"):
        gate.check_recipes("no-such-branch", project)


@pytest.mark.parametrize(
    ("holdout", "validation", "fit_on_validation", "parts"),
    [
        (0.1, 0.2, False, {"holdout", "validation"}),
        (0.1, 0.2, True, {"holdout"}),
        (0.1, 0, False, {"holdout"}),
        (0, 0.2, False, {"validation"}),
        (0, 0, False, set()),
    ],
)
def test_parts_with_images_that_no_member_learned_from_are_measured(
    project, holdout, validation, fit_on_validation, parts
):
    params = yaml.safe_load((project / "params.yaml").read_text())
    params["split"] |= {"holdout": holdout, "validation": validation}
    params["train"] |= {"monitor": None}
    svc = {"name": "svc", "c": [1], "gamma": [1], "folds": 2, "by_group": True}
    params["train"]["head"] = svc | {"fit_on_validation": fit_on_validation}
    write(project / "params.yaml", yaml.safe_dump(params))
    assert measured_parts(load_params(project / "params.yaml")) == parts


def test_the_command_prints_the_report_and_returns_1_for_a_fault(monkeypatch, capsys):
    for passed, status in ((True, 0), (False, 1)):
        monkeypatch.setattr(gate, "check_recipes", lambda base, passed=passed: (f"against {base}", passed))
        assert gate.run(argparse.Namespace(base="main")) == status
        assert capsys.readouterr().out == "against main\n"

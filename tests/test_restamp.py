"""`make restamp` updates dvc.lock for code that behaves the same, tried with DVC and git in a tiny project."""

import subprocess
import sys

import pytest
import yaml
from dvc.repo import Repo

from letterpress.commands.restamp import restamp_recipes
from letterpress.infrastructure.errors import UserError
from tests.clones import commit, environment, run
from tests.imports import ROOT
from tests.tiny_project import TRAINER, edit, nest_in_larger_repository, write

SAME = '''def steps(epochs):
    """Count the steps of a training."""
    total = (
        epochs*10
    )  # another comment
    return total
'''
OTHER = {
    "constant": TRAINER.replace("10", "11"),
    "renamed function": TRAINER.replace("steps(", "n_steps("),
    "deleted line": TRAINER.replace("    total = epochs * 10  # a comment\n", ""),
}


def status(folder):
    return run(folder, "dvc", "status")


def without_hashes_of_code(folder):
    """dvc.lock but for what restamping may change."""
    lock = yaml.safe_load((folder / "dvc.lock").read_text())
    for stage in lock["stages"].values():
        for dep in stage["deps"]:
            if dep["path"].startswith(("letterpress", "stages")):
                for key in ("md5", "size", "nfiles"):
                    dep.pop(key, None)
    return lock


def test_code_that_behaves_the_same_is_restamped(project):
    folders = (project, project / "recipes/a")
    edit(project, SAME)
    before = [without_hashes_of_code(folder) for folder in folders]
    assert all("changed" in status(folder) for folder in folders)
    assert restamp_recipes(project) == ["default: restamped train", "a: restamped train"]
    assert all("up to date" in status(folder) for folder in folders)
    assert [without_hashes_of_code(folder) for folder in folders] == before
    commit(project)
    assert restamp_recipes(project) == ["default: nothing to restamp", "a: nothing to restamp"]


def test_two_at_once_end_as_one(project):
    edit(project, SAME)
    code = "from letterpress.commands.restamp import *; import sys; restamp_recipes(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(project)]
    both = [subprocess.Popen(command, cwd=ROOT, env=environment()) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert all("up to date" in status(folder) for folder in (project, project / "recipes/a"))


def test_a_recipe_where_dvc_is_at_work_is_left(project):
    edit(project, SAME)
    before = (project / "dvc.lock").read_text()
    with Repo(str(project)) as repo, repo.lock, pytest.raises(UserError, match="DVC is at work there; run it again"):
        restamp_recipes(project)
    assert (project / "dvc.lock").read_text() == before


def test_only_the_hashes_of_the_changed_dependency_are_rewritten(project):
    before = (project / "dvc.lock").read_text().splitlines()
    edit(project, SAME)
    restamp_recipes(project)
    after = (project / "dvc.lock").read_text().splitlines()
    changed = [line.strip().partition(":")[0] for line, old in zip(after, before, strict=True) if line != old]
    assert changed == ["md5", "size"]


@pytest.mark.parametrize("name", OTHER)
def test_code_that_may_behave_differently_is_left_and_named(project, name):
    edit(project, OTHER[name])
    lock = (project / "dvc.lock").read_bytes()
    left = "  letterpress/training/trainer.py differs: left train"
    assert restamp_recipes(project) == ["default: left as it is", left, "a: left as it is", left]
    assert (project / "dvc.lock").read_bytes() == lock


def test_an_added_or_removed_file_and_one_that_is_no_python_are_left(project):
    (project / "letterpress/training/trainer.py").unlink()
    write(project / "letterpress/training/new.py", "")
    edit(project, "<p>\n\n", "letterpress/training/page.html")
    assert restamp_recipes(project)[1:4] == [
        "  letterpress/training/new.py is new: left train",
        "  letterpress/training/page.html differs: left train",
        "  letterpress/training/trainer.py is gone: left train",
    ]


def test_each_dependency_is_compared_by_itself(project):
    write(project / "letterpress/evaluation.py", "x = 1  # one\n")
    edit(project, OTHER["constant"])
    assert restamp_recipes(project)[:2] == [
        "default: restamped evaluate",
        "  letterpress/training/trainer.py differs: left train",
    ]
    commit(project)
    edit(project, "x = 1\n", "letterpress/evaluation.py")
    assert restamp_recipes(project)[0] == "default: restamped evaluate"
    assert "evaluate:" not in status(project)


def test_a_lock_that_did_not_fit_its_commit_is_left(project):
    write(project / "letterpress/training/trainer.py", OTHER["constant"])
    lock = project / "dvc.lock"
    lock.write_text(lock.read_text() + "\n")  # the lock was written before the edit and is committed with it
    commit(project)
    edit(project, OTHER["constant"] + "# a comment\n")
    here = run(project, "git", "log", "-1", "--format=%h", "HEAD~1").strip()
    reason = f"  letterpress/training in dvc.lock is not the code of {here}, the commit that wrote it: left train"
    assert restamp_recipes(project)[:2] == ["default: left as it is", reason]


@pytest.mark.parametrize("file", ["letterpress/training/trainer.py", "letterpress/new.py", "recipes/a/params.yaml"])
def test_uncommitted_changes_are_refused(project, file):
    write(project / file, SAME if file.endswith(".py") else "")
    with pytest.raises(UserError, match=f"^{file}: commit first; only committed code can be compared.$"):
        restamp_recipes(project)


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", ".ipynb_checkpoints/x.py"])
def test_what_programs_leave_is_no_uncommitted_change(project, name):
    write(project / "letterpress" / name, "x")
    assert restamp_recipes(project) == ["default: nothing to restamp", "a: nothing to restamp"]


def test_a_recipe_that_has_not_run_and_files_that_dvc_ignores_are_no_obstacle(project):
    (project / "recipes/a/dvc.lock").unlink()
    commit(project)
    write(project / ".git/info/exclude", "__pycache__\n")
    write(project / "letterpress/training/__pycache__/x.pyc", "")
    assert restamp_recipes(project) == ["default: nothing to restamp", "a: not run"]


@pytest.mark.parametrize("reader", ["letterpress/training/reader.py", "stages/train.py"])
def test_docstrings_that_the_stage_reads_are_compared(project, reader):
    path = project / reader
    write(path, f"{path.read_text() if path.exists() else ''}\nlambda steps: steps.__doc__\n")
    for folder in (project, project / "recipes/a"):
        run(folder, "dvc", "commit", "-f", "-q")
    commit(project)
    edit(project, SAME)
    assert restamp_recipes(project)[:2] == [
        "default: left as it is",
        "  letterpress/training/trainer.py differs: left train",
    ]


def test_each_lock_is_compared_with_the_code_of_its_own_commit(project):
    edit(project, OTHER["constant"])
    run(project / "recipes/a", "dvc", "repro", "-q")
    commit(project)
    edit(project, OTHER["constant"].replace("a comment", "another"))
    left = "  letterpress/training/trainer.py differs: left train"
    assert restamp_recipes(project) == ["default: left as it is", left, "a: restamped train"]
    assert "up to date" in status(project / "recipes/a")


def test_a_file_that_is_moved_is_not_taken_for_the_same(project):
    path = project / "letterpress/training/trainer.py"
    path.rename(path.with_name("moved.py"))
    commit(project)
    assert restamp_recipes(project)[:3] == [
        "default: left as it is",
        "  letterpress/training/moved.py is new: left train",
        "  letterpress/training/trainer.py is gone: left train",
    ]


def test_with_a_link_among_the_code_nothing_is_proven(project):
    path = project / "letterpress/training/trainer.py"
    path.rename(project / "letterpress/elsewhere.py")
    path.symlink_to("../elsewhere.py")
    lock = project / "dvc.lock"
    lock.write_text(lock.read_text() + "\n")
    commit(project)  # git has the link's target, DVC the content behind it
    edit(project, SAME, "letterpress/elsewhere.py")
    assert "in dvc.lock is not the code of" in restamp_recipes(project)[1]


def test_a_project_in_a_folder_of_a_repository_is_restamped(project, tmp_path_factory):
    inner = nest_in_larger_repository(project, tmp_path_factory.mktemp("outer"))
    edit(inner, SAME)
    assert restamp_recipes(inner) == ["default: restamped train", "a: restamped train"]

"""A recipe's folder becomes a DVC project that shares the root's code and cache."""

import shutil

import pytest

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.projects import create_project, folders, name_of, remote_of, set_remote
from tests.clones import run


@pytest.fixture
def root(tmp_path):
    """A project of two empty code folders, with one recipe that has parameters only."""
    for name in ("letterpress", "stages", "recipes/mine"):
        (tmp_path / name).mkdir(parents=True)
    run(tmp_path, "git", "init", "-q")
    run(tmp_path, "dvc", "init", "-q")
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n  copy: {cmd: cp params.yaml out, deps: [params.yaml], outs: [out]}\n"
    )
    for folder in (tmp_path, tmp_path / "recipes/mine"):
        (folder / "params.yaml").write_text("a: 1\n")
    return tmp_path


def test_a_created_project_runs_into_the_shared_cache(root):
    mine = root / "recipes/mine"
    create_project(mine, root)
    run(mine, "dvc", "repro", "-q")
    assert (mine / "letterpress").samefile(root / "letterpress")
    assert not (mine / ".dvc/cache").exists()
    assert [path for path in (root / ".dvc/cache/files").rglob("*") if path.is_file()]


def test_creating_a_project_again_updates_its_dag(root):
    mine = root / "recipes/mine"
    create_project(mine, root)
    (root / "dvc.yaml").write_text("stages: {}\n")
    create_project(mine, root)
    assert (mine / "dvc.yaml").read_text() == "stages: {}\n"


def test_a_folder_where_a_link_is_to_be_is_refused(root):
    (root / "recipes/mine/stages").mkdir()
    with pytest.raises(UserError, match=r"stages: expected a link to ../../stages, found a file or folder"):
        create_project(root / "recipes/mine", root)


def test_a_new_project_takes_over_the_roots_remote(root):
    url = f"s3://bucket/letters/{'of a long name/' * 10}"
    assert remote_of(root) is None
    set_remote(root, url)
    create_project(root / "recipes/mine", root)
    assert remote_of(root / "recipes/mine") == url


def test_recipes_are_the_root_and_the_folders_with_parameters(root):
    (root / "recipes/empty").mkdir()
    assert [name_of(folder, root) for folder in folders(root)] == ["default", "mine"]


@pytest.mark.parametrize("name", ["store", "my store", "Mü's store"])
def test_a_remote_may_lie_at_any_path_next_to_the_project(root, tmp_path_factory, name):
    project = shutil.copytree(root, tmp_path_factory.mktemp("Mü's projects") / "letter press")
    before = (project / ".dvc/config").read_text()
    store = project.parent / name
    if not name.isascii():
        with pytest.raises(UserError, match="which is not ASCII; name another"):
            set_remote(project, str(store))
        assert (project / ".dvc/config").read_text() == before
        return
    set_remote(project, str(store))
    create_project(project / "recipes/mine", project)
    run(project / "recipes/mine", "dvc", "repro", "-q")
    run(project / "recipes/mine", "dvc", "push", "-q")
    assert [path for path in store.rglob("*") if path.is_file()]

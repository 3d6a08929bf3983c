"""Files of members that are gone are moved aside, whatever they are, and named."""

import pytest

from letterpress.storage.gone_members import LEFT_ASIDE, leave_aside
from tests.tiny_project import write

FOLDER = LEFT_ASIDE.parent / "predictions"


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Return a function that lists the files that a folder has after the members m0 and m.1 have been left in it."""
    monkeypatch.chdir(tmp_path)

    def left(*found: str) -> list[str]:
        for name in found:
            write(FOLDER / name, name)
        leave_aside(FOLDER, ["m0", "m.1"])
        return sorted(file.name for file in FOLDER.iterdir())

    return left


@pytest.mark.parametrize("gone", ["m2.npz", "m.npz", "M0.npz", "m0 (copy).npz", "m0.npz.bak", "m.1", "notes"])
def test_a_file_of_no_member_is_moved_and_named(names, capsys, gone):
    assert names("m0.npz", "m.1.npz", gone) == ["m.1.npz", "m0.npz"]
    assert (LEFT_ASIDE / "predictions" / gone).read_text() == gone
    assert capsys.readouterr().out == (
        f"data/predictions: of no member in params.yaml, moved to data/left_aside/predictions: {gone}\n"
    )


def test_members_files_and_hidden_ones_stay_in_silence(names, capsys):
    found = [".DS_Store", ".partial.1.m2.npz", "m.1.npz", "m0.npz"]
    assert names(*found) == found
    assert capsys.readouterr().out == ""
    assert not LEFT_ASIDE.exists()


def test_a_file_that_was_moved_before_is_replaced(names):
    names("m2.npz")
    write(FOLDER / "m2.npz", "newer")
    names()
    assert (LEFT_ASIDE / "predictions/m2.npz").read_text() == "newer"


def test_a_folder_that_is_not_there_has_no_such_files(tmp_path):
    leave_aside(tmp_path / "predictions", [])

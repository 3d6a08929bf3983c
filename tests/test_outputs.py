"""What a person names as an output: refused before any work, or written without harm to anything else."""

import os
import re
import stat
import threading

import pytest

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.outputs import check_output, write_output
from tests.counts import INPUTS, count


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with two files, links to them and to a folder; it is the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "old.csv"):
        (tmp_path / name).write_text("old")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "link.png").symlink_to("a.png")
    (tmp_path / "loop").symlink_to("loop")
    os.link("a.png", "hard.png")
    return tmp_path


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("", "name is empty; name a file"),
        (".", "^. is a folder; name a file, as out.csv.$"),
        ("..", "is a folder"),
        ("/", "is a folder"),
        ("folder", "^folder is a folder; name a file, as folder/out.csv.$"),
        ("folder/", "is a folder"),
        ("link", "is a folder"),
        ("new/", "is a folder"),
        ("a.png", "^a.png is one of the inputs, and would be overwritten; name another file.$"),
        ("./folder/../a.png", "is one of the inputs"),
        ("link.png", "is one of the inputs"),
        ("hard.png", "is one of the inputs"),
        ("no/such/x.csv", "the folder .*/no/such does not exist; create it"),
    ],
)
def test_what_would_be_harmed_is_refused(here, output, expected):
    count(INPUTS)
    with pytest.raises(UserError, match=expected):
        check_output(output, ["folder", "a.png", "more.zip/a.png"])


@pytest.mark.parametrize(
    ("output", "number"), [("loop", 40), ("a.png/x.csv", 20), ("x" * 300, 36), ("/dev/fd/987", 9)]
)
def test_what_the_system_refuses_names_the_output(here, output, number):
    count(INPUTS)
    with pytest.raises(OSError, match=re.escape(output)) as error:
        check_output(output)
    assert error.value.errno == number


@pytest.mark.parametrize("output", ["old.csv", "new.csv"])
def test_a_file_or_folder_without_permission_is_refused(here, output, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # who runs the tests may write everywhere
    with pytest.raises(UserError, match=r"csv may not be written; change its permissions, or name another file"):
        check_output(output)


@pytest.mark.parametrize("output", ["old.csv", "new.csv", "folder/x.csv", "-", "/dev/null", "/dev/stdout"])
def test_other_outputs_are_accepted(here, output):
    check_output(output, ["folder", "a.png"])


def test_a_file_is_replaced_and_keeps_its_mode(here):
    (here / "old.csv").chmod(0o640)
    write_output("old.csv", "new")
    assert (here / "old.csv").read_text() == "new"
    assert stat.S_IMODE((here / "old.csv").stat().st_mode) == 0o640


def test_links_are_written_through(here):
    (here / "dangling").symlink_to("folder/new.csv")
    for name, target in (("dangling", "folder/new.csv"), ("link.png", "a.png")):
        write_output(name, "new")
        assert (here / name).is_symlink()
        assert (here / target).read_text() == "new"


def test_a_file_of_two_names_stays_one(here):
    write_output("hard.png", "new")
    assert (here / "a.png").read_text() == "new"
    assert (here / "a.png").samefile(here / "hard.png")


def test_a_pipe_stays_a_pipe(here):
    os.mkfifo("pipe")
    read = []
    reader = threading.Thread(daemon=True, target=lambda: read.append((here / "pipe").read_text()))
    reader.start()
    write_output("pipe", "new")
    reader.join()
    assert read == ["new"]
    assert stat.S_ISFIFO((here / "pipe").stat().st_mode)


def test_an_open_file_is_written_where_it_stands(here):
    with (here / "old.csv").open("a") as file:
        write_output(f"/dev/fd/{file.fileno()}", ", new")
    assert (here / "old.csv").read_text() == "old, new"


def test_a_full_device_is_named(here):
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        write_output("/dev/full", "new")

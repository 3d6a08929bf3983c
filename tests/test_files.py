"""Atomic writes: the old content or the new, never a half, whoever fails, is killed or writes at the same time."""

import json
import math
import multiprocessing
import os
import subprocess
import sys

import numpy as np
import pytest

from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_in_a_file(path):
    with atomic_write(path) as partial:
        partial.write_text("half")
        raise InterruptedError


def fail_in_a_folder(path):
    with atomic_write(path) as partial:
        write_text(partial / "half.txt", "half")
        raise InterruptedError


@pytest.fixture
def dead_pid():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "old")
    write_text(tmp_path / "a" / "b" / "c.txt", "new")
    assert (tmp_path / "a/b/c.txt").read_bytes() == b"new"
    assert names(tmp_path / "a/b") == ["c.txt"]


def test_a_failed_write_keeps_the_old_file(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(InterruptedError):
        fail_in_a_file(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failed_write_keeps_the_old_folder(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with pytest.raises(InterruptedError):
        fail_in_a_folder(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["old.txt"]


def test_the_old_file_can_be_read_until_the_new_one_is_complete(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with atomic_write(tmp_path / "a.txt") as partial:
        partial.write_text("new")
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_folder_is_replaced_with_all_its_files(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with atomic_write(tmp_path / "out") as partial:
        write_text(partial / "new.txt", "new")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["new.txt"]


def test_a_file_never_replaces_a_folder(tmp_path):
    write_text(tmp_path / "out/old.txt", "old")
    with pytest.raises(IsADirectoryError, match="out"):
        write_text(tmp_path / "out", "new")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["old.txt"]


def test_a_folder_that_a_link_leads_to_is_left_alone(tmp_path):
    write_text(tmp_path / "far/old.txt", "old")
    (tmp_path / "out").symlink_to("far")
    with atomic_write(tmp_path / "out") as partial:
        write_text(partial / "new.txt", "new")
    assert names(tmp_path) == ["far", "out"]
    assert (names(tmp_path / "far"), names(tmp_path / "out")) == (["old.txt"], ["new.txt"])


def test_an_error_names_the_file_and_not_its_temporary_name(tmp_path):
    with pytest.raises(OSError, match="denied") as error, atomic_write(tmp_path / "a.txt") as partial:
        raise PermissionError(13, "Permission denied", str(partial))
    assert error.value.filename == str(tmp_path / "a.txt")


def test_leftovers_of_killed_processes_are_removed_and_those_of_running_ones_kept(tmp_path, dead_pid):
    running, other = os.getppid(), f".partial.{dead_pid}.other"
    for name in (
        f".partial.{dead_pid}.out/half.txt",
        f".partial.{os.getpid()}.out/half.txt",
        f".replaced.{dead_pid}.out/old.txt",
        f".partial.{dead_pid}.out.download/half.txt",
        f".partial.{running}.out/half.txt",
        other,
    ):
        write_text(tmp_path / name, "half")
    with atomic_write(tmp_path / "out") as partial:
        write_text(partial / "new.txt", "new")
    assert names(tmp_path) == sorted([f".partial.{running}.out", other, "out"])
    assert names(tmp_path / "out") == ["new.txt"]


def write_often(path, text):
    for _ in range(40):
        write_text(path, text)


def test_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    texts = {letter * 200_000 for letter in "abc"}
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(tmp_path / "a.txt", text)) for text in texts]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        if (tmp_path / "a.txt").exists():
            assert (tmp_path / "a.txt").read_text() in texts
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert names(tmp_path) == ["a.txt"]


def test_text_keeps_its_line_ends_and_is_utf_8(tmp_path):
    write_text(tmp_path / "a.txt", "क\r\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == "क\r\nb\n".encode()


def test_json_keeps_keys_and_numbers_and_ends_with_a_line_end(tmp_path):
    content = {"z": 0.1 + 0.2, "a": ["é", None, 1e-7]}
    write_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text.startswith('{\n  "z": 0.30000000000000004,\n  "a": [\n    "é",\n    null,\n')
    assert text.endswith("}\n")
    assert json.loads(text) == content


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_json_refuses_nan_and_infinity_and_writes_nothing(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"accuracy": value})
    assert names(tmp_path) == []


def test_arrays_keep_names_dtypes_and_values(tmp_path):
    written = {"a": np.array([1, 2], np.int32), "b": np.zeros((0, 3), np.float32), "c": np.array(["x", "é"])}
    save_arrays(tmp_path / "a.npz", **written)
    read = load_arrays(tmp_path / "a.npz")
    assert list(read) == ["a", "b", "c"]
    for name, array in written.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_equal_arrays_give_equal_bytes(tmp_path):
    for name in ("one.npz", "two.npz"):
        save_arrays(tmp_path / name, a=np.arange(5), b=np.ones(3))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_pickled_objects_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load_arrays(tmp_path / "a.npz")

import json
import math

import numpy as np
import pytest

from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def begin_a_file(path):
    with atomic_write(path) as beside:
        beside.write_text("half")
        raise InterruptedError


def begin_a_folder(path):
    with atomic_write(path) as beside:
        write_text(beside / "half.txt", "half")
        raise InterruptedError


def test_a_file_is_replaced_and_nothing_lies_beside_it(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert names(tmp_path) == ["a.txt"]


def test_missing_folders_are_made(tmp_path):
    write_text(tmp_path / "a" / "b" / "c.txt", "x")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"x"


def test_a_failed_write_leaves_the_old_file_whole(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(InterruptedError):
        begin_a_file(tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failed_write_of_a_folder_leaves_the_old_folder_whole(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with pytest.raises(InterruptedError):
        begin_a_folder(tmp_path / "out")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["old.txt"]


def test_the_old_file_can_be_read_until_the_new_one_is_whole(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with atomic_write(tmp_path / "a.txt") as beside:
        beside.write_text("new")
        assert (tmp_path / "a.txt").read_text() == "old"
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_folder_is_replaced_with_all_that_was_in_it(tmp_path):
    write_text(tmp_path / "out" / "old.txt", "old")
    with atomic_write(tmp_path / "out") as beside:
        write_text(beside / "new.txt", "new")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["new.txt"]


def test_what_an_interrupted_run_left_is_not_mixed_into_the_next(tmp_path):
    write_text(tmp_path / ".partial.out" / "half.txt", "half")
    with atomic_write(tmp_path / "out") as beside:
        write_text(beside / "whole.txt", "whole")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["whole.txt"]


def test_text_keeps_its_line_ends_and_is_utf_8(tmp_path):
    write_text(tmp_path / "a.txt", "क\r\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == "क\r\nb\n".encode()


def test_json_keeps_the_order_of_keys_and_ends_with_a_line_end(tmp_path):
    write_json(tmp_path / "a.json", {"z": 1, "a": ["é", None]})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == (
        '{\n  "z": 1,\n  "a": [\n    "é",\n    null\n  ]\n}\n'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_json_with_a_number_that_is_none_is_refused_and_not_written(tmp_path, value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"accuracy": value})
    assert names(tmp_path) == []


def test_saved_arrays_come_back_as_they_were(tmp_path):
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


def test_json_that_was_written_reads_the_same(tmp_path):
    content = {"accuracy": 0.1 + 0.2, "seconds": 1e-7}
    write_json(tmp_path / "a.json", content)
    assert json.loads((tmp_path / "a.json").read_text()) == content

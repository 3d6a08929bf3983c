"""Groups of classes, derived from their names."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterpress.storage.class_groups import group_classes

NAMES = st.lists(st.text("ab/", min_size=1, max_size=5), unique=True)


def listed(classes: list[str]) -> dict[str, list[int]]:
    return {name: indices.tolist() for name, indices in group_classes(classes).items()}


def test_a_group_is_the_part_before_the_last_slash():
    assert listed(["n/0", "n/1", "v/a"]) == {"n": [0, 1], "v": [2]}
    assert listed(["x/n/0", "x/n/1", "x/v/a"]) == {"x/n": [0, 1], "x/v": [2]}


def test_classes_without_a_slash_are_one_group():
    assert listed(["0", "A", "a"]) == {"": [0, 1, 2]}


def test_classes_of_a_group_may_be_interleaved():
    assert listed(["A", "n/0", "n/old/0", "n/z", "z"]) == {"": [0, 4], "n": [1, 3], "n/old": [2]}


def test_indices_are_int32():
    assert [indices.dtype for indices in group_classes(["n/0", "A"]).values()] == [np.int32, np.int32]


@given(NAMES)
def test_every_class_is_in_exactly_one_group_in_order(classes):
    groups = listed(classes)
    assert sorted(index for indices in groups.values() for index in indices) == list(range(len(classes)))
    assert all(indices == sorted(indices) for indices in groups.values())


@pytest.mark.parametrize("name", ["n/", "/n", "n//0"])
def test_a_slash_may_be_first_or_last(name):
    group, _, last = name.rpartition("/")
    assert f"{group}/{last}" == name
    assert listed([name]) == {group: [0]}

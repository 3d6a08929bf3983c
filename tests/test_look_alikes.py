"""Errors between characters that look alike."""

import numpy as np

from letterpress.report.look_alikes import look_alike_errors

CLASSES = ["0", "1", "C", "I", "O", "c", "l", "o", "x"]
PAIRS = [("c", "C"), ("C", "C"), ("0", "O"), ("O", "o"), ("l", "I"), ("1", "l"), ("x", "C"), ("x", "x")]
LABELS, PREDICTED = (np.array([CLASSES.index(pair[i]) for pair in PAIRS]) for i in (0, 1))


def test_errors_are_counted_by_kind_of_likeness():
    counts = {"errors": 2, "fraction_of_errors": 0.3333, "accuracy_without": 0.5}
    names = ["upper and lower case", "0 and O", "1, I and l"]
    assert look_alike_errors(PREDICTED, LABELS, CLASSES) == [{"name": name, **counts} for name in names]


def test_a_likeness_of_one_class_alone_is_left_out():
    assert look_alike_errors(np.array([0, 1]), np.array([1, 1]), ["0", "1", "2"]) == []
    rows = look_alike_errors(np.array([0]), np.array([0]), ["0", "o", "vowels/1"])
    assert [row["name"] for row in rows] == ["0 and O"]


def test_without_errors_their_fraction_is_zero():
    (row,) = look_alike_errors(np.array([0]), np.array([0]), ["a", "A"])
    assert (row["errors"], row["fraction_of_errors"], row["accuracy_without"]) == (0, 0.0, 1.0)

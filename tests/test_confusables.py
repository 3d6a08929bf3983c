"""Errors between characters that look alike."""

import numpy as np

from letterpress.report.look_alikes import confusables

CLASSES = ["0", "1", "C", "I", "O", "c", "l", "o", "x"]
PAIRS = [("c", "C"), ("C", "C"), ("0", "O"), ("O", "o"), ("l", "I"), ("1", "l"), ("x", "C"), ("x", "x")]
LABELS, PREDICTED = (np.array([CLASSES.index(pair[i]) for pair in PAIRS]) for i in (0, 1))


def test_errors_are_counted_by_kind():
    assert confusables(PREDICTED, LABELS, CLASSES) == [
        {"name": "upper and lower case", "errors": 2, "share_of_errors": 0.3333, "accuracy_without": 0.5},
        {"name": "0 and O", "errors": 2, "share_of_errors": 0.3333, "accuracy_without": 0.5},
        {"name": "1, I and l", "errors": 2, "share_of_errors": 0.3333, "accuracy_without": 0.5},
    ]


def test_kinds_without_two_classes_are_left_out():
    digits = ["0", "1", "2"]
    assert confusables(np.array([0, 1]), np.array([1, 1]), digits) == []
    assert [row["name"] for row in confusables(np.array([0]), np.array([0]), ["0", "o", "vowels/1"])] == ["0 and O"]


def test_without_an_error_there_is_no_share():
    (row,) = confusables(np.array([0]), np.array([0]), ["a", "A"])
    assert (row["errors"], row["share_of_errors"], row["accuracy_without"]) == (0, 0.0, 1.0)

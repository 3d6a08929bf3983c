"""Confusions are counted, listed and written as CSV."""

import csv

import numpy as np
import pytest

from letterpress.evaluation.confusion import confusion_csv, count_confusions, most_confused

CLASSES = ["A", "B", "a", "7"]
TRUE = np.array([0, 0, 0, 3, 3, 1, 2, 1])
PREDICTED = np.array([0, 2, 1, 0, 0, 3, 0, 1])
NONE = np.array([], np.int32)


def test_rows_are_true_classes_and_columns_predicted_ones():
    assert count_confusions(TRUE, PREDICTED, 4).tolist() == [[1, 1, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0], [2, 0, 0, 0]]
    assert count_confusions(NONE, NONE, 2).tolist() == [[0, 0], [0, 0]]


def test_the_most_frequent_errors_come_first_and_ties_in_the_order_of_the_classes():
    errors = [("7", "A", 2), ("A", "B", 1), ("A", "a", 1), ("B", "7", 1), ("a", "A", 1)]
    expected = [{"true": true, "predicted": predicted, "n": n} for true, predicted, n in errors]
    assert most_confused(TRUE, PREDICTED, CLASSES) == expected
    assert most_confused(TRUE, PREDICTED, CLASSES, n=2) == expected[:2]
    assert most_confused(TRUE, TRUE, CLASSES) == most_confused(NONE, NONE, CLASSES) == []


def test_the_csv_is_sorted_by_class():
    text = confusion_csv(np.array([2, 0, 2, 0]), np.array([1, 2, 0, 0]), ["Z", "y", "X"])
    assert text == "actual,predicted\nZ,Z\nZ,X\nX,Z\nX,y\n"
    assert confusion_csv(NONE, NONE, CLASSES) == "actual,predicted\n"


@pytest.mark.parametrize("name", [",", '"', "a b", "é"])
def test_any_class_name_survives_the_csv(name):
    text = confusion_csv(np.array([0]), np.array([0]), [name])
    assert list(csv.reader(text.splitlines())) == [["actual", "predicted"], [name, name]]

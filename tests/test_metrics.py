"""Each metric by hand."""

import numpy as np
import pytest

from letterpress.evaluation.metrics import accuracy, compute_metrics, top_k_accuracy
from tests.predictions import one_hot

CLASSES = ["A", "B", "a", "7"]


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def metrics(predicted: list[int], *true: int) -> dict:
    return compute_metrics(one_hot(predicted, 4), labels(*true), CLASSES)


def test_metrics_are_fractions_of_six_digits_and_a_number_of_images():
    result = metrics([0, 1, 1], 0, 1, 0)
    assert result == {
        "accuracy": 0.666667,
        "top5_accuracy": 1.0,
        "accuracy_ignoring_case": 0.666667,
        "macro_f1": 0.666667,
        "ece": 0.333333,
        "cross_entropy": 9.21034,  # a third of -ln(1e-12)
        "n": 3,
    }
    assert [type(value) for value in result.values()] == [float] * 6 + [int]


def test_case_may_be_ignored():
    result = metrics([2, 0, 1, 3], 0, 2, 0, 3)
    assert (result["accuracy"], result["accuracy_ignoring_case"]) == (0.25, 0.75)


def test_accuracy_of_no_images_is_zero():
    assert accuracy(np.array([], np.int64), labels()) == 0.0


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        # Class 0: precision 2/3 and recall 1; class 1: precision 1 and recall 1/2.
        ([0, 0, 0, 1], [0, 0, 1, 1], (2 * (2 / 3) / (5 / 3) + 2 * 0.5 / 1.5) / 2),
        ([0, 0], [0, 3], (2 / 3 + 0) / 2),  # class 3 is never predicted
    ],
)
def test_macro_f1_is_the_mean_over_classes(predicted, true, expected):
    assert metrics(predicted, *true)["macro_f1"] == pytest.approx(expected, abs=1e-6)


def test_top_k_accuracy_counts_labels_among_the_k_most_probable():
    probabilities = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    assert [top_k_accuracy(probabilities, labels(2, 0), k) for k in (1, 2, 3, 4)] == [0, 0, 0.5, 1]
    ties = np.full((3, 4), 0.25)  # the first classes rank first
    assert top_k_accuracy(ties, labels(0, 1, 2), 2) == 0.666667


GROUPED = ["n/0", "n/1", "v/a", "v/o"]
PROBABILITIES = np.array(
    [
        [0.6, 0.1, 0.2, 0.1],  # n/0: correct
        [0.1, 0.2, 0.7, 0.0],  # n/1: predicted v/a, correct within its group
        [0.4, 0.3, 0.2, 0.1],  # n/1: wrong within its group, too
        [0.9, 0.0, 0.1, 0.0],  # v/a: predicted n/0, correct within its group
    ],
    np.float32,
)
TRUE = labels(0, 1, 1, 2)


@pytest.mark.parametrize(
    ("classes", "n", "groups"),
    [
        (GROUPED, 4, {"n": (0.333333, 0.666667, 3), "v": (0.0, 1.0, 1)}),
        (["n/0", "v/a", "n/1", "v/o"], 4, {"n": (0.5, 0.5, 2), "v": (0.0, 1.0, 2)}),  # of columns 0, 2 and 1, 3
        (GROUPED, 3, {"n": (0.333333, 0.666667, 3), "v": (0.0, 0.0, 0)}),
        (["A", "n/0", "n/1", "v/a"], 4, {"": (1.0, 1.0, 1), "n": (0.0, 0.666667, 3), "v": (0.0, 0.0, 0)}),
    ],
    ids=["adjacent", "interleaved", "a group without images", "classes without a group"],
)
def test_groups_have_accuracies_among_all_classes_and_within(classes, n, groups):
    result = compute_metrics(PROBABILITIES[:n], TRUE[:n], classes)["groups"]
    keys = ("accuracy", "accuracy_within", "n")
    assert result == {name: dict(zip(keys, values, strict=True)) for name, values in groups.items()}


@pytest.mark.parametrize("classes", [list("ABCD"), ["n/0", "n/1", "n/2", "n/3"]])
def test_one_group_alone_is_not_repeated(classes):
    assert "groups" not in compute_metrics(PROBABILITIES, TRUE, classes)

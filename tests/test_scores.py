"""Each score by hand."""

import numpy as np
import pytest

from letterpress.evaluation.metrics import expected_calibration_error, most_confused, scores, top_accuracy

CLASSES = ["A", "B", "a", "7"]


def certain(*predicted: int, n_classes: int = 4) -> np.ndarray:
    """Probabilities that are 1 for the predicted class."""
    return np.eye(n_classes, dtype=np.float32)[list(predicted)]


def labels(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def test_accuracy_is_the_share_of_right_answers():
    assert scores(certain(0, 1, 2, 3), labels(0, 1, 2, 0), CLASSES)["accuracy"] == 0.75


def test_a_letters_case_may_be_ignored():
    figures = scores(certain(2, 0, 1, 3), labels(0, 2, 0, 3), CLASSES)
    assert (figures["accuracy"], figures["accuracy_ignoring_case"]) == (0.25, 0.75)


def test_macro_f1_is_the_classes_mean():
    # Class 0: precision 2/3 and recall 1; class 1: precision 1 and recall 1/2; class 2: never found.
    figures = scores(certain(0, 0, 0, 1), labels(0, 0, 1, 1), CLASSES)
    assert figures["macro_f1"] == pytest.approx((2 * (2 / 3) / (5 / 3) + 2 * 0.5 / 1.5) / 2, abs=1e-6)


def test_a_class_that_is_never_answered_has_an_f1_of_zero():
    figures = scores(certain(0, 0), labels(0, 3), CLASSES)
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 0) / 2, abs=1e-6)


def test_figures_are_fractions_of_six_digits_and_a_count():
    figures = scores(certain(0, 1, 1), labels(0, 1, 0), CLASSES)
    assert figures == {
        "accuracy": 0.666667,
        "top5_accuracy": 1.0,
        "accuracy_ignoring_case": 0.666667,
        "macro_f1": 0.666667,
        "expected_calibration_error": 0.333333,
        "images": 3,
    }
    assert [type(value) for value in figures.values()] == [float] * 5 + [int]


def test_a_label_among_the_best_counts():
    probabilities = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    truth = labels(2, 0)
    assert [top_accuracy(probabilities, truth, k) for k in (1, 2, 3, 4)] == [0, 0, 0.5, 1]


def test_top_five_of_six():
    probabilities = np.array([[0.3, 0.25, 0.2, 0.15, 0.06, 0.04]] * 2)
    assert scores(probabilities, labels(4, 5), list("uvwxyz"))["top5_accuracy"] == 0.5


def test_of_equal_probabilities_the_first_classes_are_best():
    assert top_accuracy(np.full((3, 4), 0.25), labels(0, 1, 2), 2) == pytest.approx(2 / 3)


def test_the_calibration_error_by_hand():
    # The bin 0.6 … 0.667: mean confidence 0.63, one of two right; the bin 0.933 … 1: 0.95, two of two.
    probabilities = np.array([[0.62, 0.38], [0.36, 0.64], [0.95, 0.05], [0.05, 0.95]])
    error = expected_calibration_error(probabilities, labels(0, 0, 0, 1))
    assert error == pytest.approx((2 * abs(0.5 - 0.63) + 2 * abs(1 - 0.95)) / 4)


def test_certainty_belongs_to_the_last_bin():
    assert expected_calibration_error(certain(0, 1), labels(0, 1)) == 0
    assert expected_calibration_error(certain(0, 1), labels(1, 0)) == 1


def test_errors_in_different_bins_do_not_cancel_out():
    probabilities = np.array([[0.6, 0.4], [0.9, 0.1]])
    assert expected_calibration_error(probabilities, labels(0, 1)) == pytest.approx((0.4 + 0.9) / 2)


def test_the_most_frequent_error_comes_first_and_ties_follow_the_classes():
    truth = labels(0, 0, 0, 3, 3, 1, 2, 1)
    predicted = labels(0, 2, 1, 0, 0, 3, 0, 1)
    assert most_confused(predicted, truth, CLASSES) == [
        {"true": "7", "predicted": "A", "images": 2},
        {"true": "A", "predicted": "B", "images": 1},
        {"true": "A", "predicted": "a", "images": 1},
        {"true": "B", "predicted": "7", "images": 1},
        {"true": "a", "predicted": "A", "images": 1},
    ]


def test_only_so_many_errors_are_named():
    assert len(most_confused(labels(1, 2, 3), labels(0, 0, 0), CLASSES, count=2)) == 2
    assert most_confused(labels(1, 2), labels(1, 2), CLASSES) == []

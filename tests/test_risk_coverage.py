"""The accuracy of the most confident predictions, by the share that they answer."""

import numpy as np
import pytest

from letterpress.evaluation.risk_coverage import accuracy_by_coverage, find_threshold

PROBABILITIES = np.array([[0.75, 0.25], [0.125, 0.875], [0.75, 0.25], [0.5, 0.5]], np.float32)
LABELS = np.array([0, 1, 1, 1])


def test_accuracy_by_coverage_by_hand():
    points = accuracy_by_coverage(PROBABILITIES, LABELS)
    assert [tuple(point.values()) for point in points] == [
        (0.875, 0.25, 1.0),
        (0.75, 0.75, pytest.approx(2 / 3)),  # two images of one confidence
        (0.5, 1.0, 0.5),  # of equal classes the first is predicted
    ]


@pytest.mark.parametrize(("accuracy", "threshold"), [(0.5, 0.5), (0.6, 0.75), (0.99, 0.875)])
def test_the_threshold_of_the_largest_coverage_is_found(accuracy, threshold):
    assert find_threshold(accuracy_by_coverage(PROBABILITIES, LABELS), accuracy)["threshold"] == threshold


def test_an_accuracy_that_is_not_reached_has_no_threshold():
    assert find_threshold(accuracy_by_coverage(PROBABILITIES, 1 - LABELS), 0.9) is None


def test_it_may_be_reached_again_at_a_larger_coverage():
    """Wrong at first, then right 99 times: the most confident image alone has an accuracy of 0."""
    confidence = np.linspace(0.99, 0.6, 100)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.array([1] + [0] * 99)
    assert find_threshold(accuracy_by_coverage(probabilities, labels), 0.99)["coverage"] == 1.0

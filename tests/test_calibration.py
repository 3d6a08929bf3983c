"""Reliability by bins of confidence, and the expected calibration error."""

import numpy as np
import pytest

from letterpress.evaluation.calibration import bin_by_confidence, expected_calibration_error
from tests.predictions import one_hot

PROBABILITIES = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.0, 1.0]])
LABELS = np.array([0, 1, 1, 1])


def test_each_bin_has_its_mean_confidence_and_accuracy():
    assert bin_by_confidence(PROBABILITIES, LABELS) == [
        {"confidence": 0.6, "accuracy": 1.0, "n": 1},
        {"confidence": 0.9, "accuracy": 0.5, "n": 2},
        {"confidence": 1.0, "accuracy": 1.0, "n": 1},
    ]


@pytest.mark.parametrize(
    ("probabilities", "labels", "expected"),
    [
        (PROBABILITIES, LABELS, (0.4 + 2 * 0.4 + 0) / 4),
        # One bin, 0.6 … 0.667: mean confidence 0.63, one of two correct; another, 0.933 … 1: 0.95, two of two.
        ([[0.62, 0.38], [0.36, 0.64], [0.95, 0.05], [0.05, 0.95]], [0, 0, 0, 1], (2 * 0.13 + 2 * 0.05) / 4),
        ([[0.6, 0.4], [0.9, 0.1]], [0, 1], (0.4 + 0.9) / 2),  # errors of different bins do not cancel out
        (one_hot([0, 1], 2), [0, 1], 0),
        (one_hot([0, 1], 2), [1, 0], 1),
    ],
)
def test_the_error_is_the_mean_gap_over_images(probabilities, labels, expected):
    assert expected_calibration_error(np.array(probabilities), np.array(labels)) == pytest.approx(expected)

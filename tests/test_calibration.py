"""Reliability by bins of confidence."""

import numpy as np
import pytest

from letterpress.evaluation.calibration import expected_calibration_error, reliability

CHANCES = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.0, 1.0]])
LABELS = np.array([0, 1, 1, 1])


def test_each_bin_has_its_mean_confidence_and_accuracy():
    assert reliability(CHANCES, LABELS) == [
        {"confidence": 0.6, "accuracy": 1.0, "images": 1},
        {"confidence": 0.9, "accuracy": 0.5, "images": 2},
        {"confidence": 1.0, "accuracy": 1.0, "images": 1},
    ]


def test_the_error_is_the_gaps_mean_over_images():
    assert expected_calibration_error(CHANCES, LABELS) == pytest.approx((0.4 + 2 * 0.4 + 0) / 4)

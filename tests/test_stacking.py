"""Stacking is fitted out of fold, and no image's own label reaches its prediction."""

import numpy as np
import pytest

from letterpress.ensembling.stacking import stack_predictions
from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import Predictions
from tests.predictions import make_predictions, one_hot

LABELS = np.tile(np.arange(3, dtype=np.int32), 20)
NO_HOLDOUT = np.empty(0, np.int32)
HOLDOUT = np.array([0, 1, 2], np.int32)


def confident(predicted: np.ndarray) -> np.ndarray:
    """Probabilities of 0.8 for the predicted class, float32 (n, 3)."""
    return 0.7 * one_hot(predicted) + 0.1


def voted_on(rows: np.ndarray) -> Predictions:
    """Correct predictions of some of the 60 labelled images."""
    return make_predictions(confident(LABELS) * np.isin(np.arange(60), rows)[:, None])


def test_a_systematic_error_is_corrected_on_every_part():
    """The last image is a test image."""
    labels = np.append(LABELS, 2)
    stacked = stack_predictions(make_predictions(confident((labels + 1) % 3)), LABELS, HOLDOUT)
    np.testing.assert_array_equal(stacked.probabilities.argmax(axis=1), labels)
    np.testing.assert_allclose(stacked.probabilities.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(stacked.n_votes, 1)
    assert stacked.probabilities.dtype == np.float32


def test_a_label_does_not_reach_its_own_prediction():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300).astype(np.int32)
    stacked = stack_predictions(make_predictions(rng.dirichlet(np.ones(3), 300)), labels, NO_HOLDOUT)
    assert np.mean(stacked.probabilities.argmax(axis=1) == labels) < 0.45


def test_neither_holdout_nor_images_without_votes_are_fitted():
    predictions = voted_on(np.arange(6, 60))
    other = np.where(np.arange(60) < 9, 0, LABELS)
    first, second = (stack_predictions(predictions, labels, np.array([6, 7, 8])) for labels in (LABELS, other))
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    np.testing.assert_array_equal(first.probabilities[:6], 0)
    assert first.probabilities[6:].any(axis=1).all()


def test_a_class_without_validation_images_has_no_probability():
    labels = np.append(LABELS % 2, 2)
    stacked = stack_predictions(make_predictions(confident(labels)), labels, np.array([60]))
    np.testing.assert_array_equal(stacked.probabilities[:, 2], 0)


@pytest.mark.parametrize(
    "rows", [np.arange(0), np.arange(12), np.arange(0, 60, 3)], ids=["none", "four of each class", "one class"]
)
def test_too_few_validation_images_are_refused(rows):
    text = r"stacking needs 5 validation images in each of two classes; raise split\.validation, or choose mean"
    with pytest.raises(UserError, match=text):
        stack_predictions(voted_on(rows), LABELS, NO_HOLDOUT)


def test_five_images_of_two_classes_are_enough():
    predictions = voted_on(np.r_[np.arange(0, 15, 3), np.arange(1, 15, 3), 2])
    stacked = stack_predictions(predictions, LABELS, NO_HOLDOUT)
    np.testing.assert_array_equal(stacked.probabilities.any(axis=1), predictions.voted)

"""One temperature makes probabilities say how often they are correct, and changes no class."""

import numpy as np
import pytest

from letterpress.evaluation.temperature import fit_temperature, scale_predictions, scale_probabilities
from letterpress.storage.predictions import Predictions
from letterpress.storage.temperature import Temperature
from tests.predictions import make_predictions

NO_HOLDOUT = np.array([], np.int32)


def drawn(n: int, temperature: float, seed: int = 0) -> tuple[Predictions, np.ndarray]:
    """Return predictions that are right only once scaled by `temperature`, and the labels."""
    rng = np.random.default_rng(seed)
    right = rng.dirichlet([0.3] * 4, n).astype(np.float32)
    labels = np.array([rng.choice(4, p=p / p.sum()) for p in right.astype(np.float64)], np.int32)
    return Predictions(scale_probabilities(right, 1 / temperature), np.ones(n, np.int32)), labels


def test_probabilities_are_raised_to_a_power_and_sum_to_1():
    scaled = scale_probabilities(np.array([[0.6, 0.3, 0.1], [0, 0, 0], [0, 1, 0]], np.float32), 0.5)
    np.testing.assert_allclose(scaled, [[0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46], [0, 0, 0], [0, 1, 0]], atol=1e-7)
    assert scaled.dtype == np.float32


def test_tiny_probabilities_do_not_vanish():
    scaled = scale_probabilities(np.array([[1e-30, 1e-31]], np.float32), 0.1)
    np.testing.assert_allclose(scaled, [[1, 1e-10]], rtol=1e-4)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_is_found_and_the_classes_stay(temperature):
    predictions, labels = drawn(20_000, temperature)
    fitted = fit_temperature(predictions, labels, NO_HOLDOUT)
    assert fitted.temperature == pytest.approx(temperature, rel=0.05)
    assert (fitted.fitted_on, fitted.n) == ("oof", 20_000)
    scaled = scale_predictions(predictions, fitted.temperature)
    np.testing.assert_array_equal(scaled.probabilities.argmax(1), predictions.probabilities.argmax(1))
    np.testing.assert_array_equal(scaled.n_votes, predictions.n_votes)


def test_the_holdout_is_used_only_where_nothing_is_out_of_fold():
    predictions, labels = drawn(400, 0.5)
    holdout = np.arange(300, 400, dtype=np.int32)
    wrong = Predictions(predictions.probabilities.copy(), predictions.n_votes)
    wrong.probabilities[holdout] = [1, 0, 0, 0]
    assert fit_temperature(wrong, labels, holdout) == fit_temperature(predictions, labels, holdout)
    only_holdout = Predictions(predictions.probabilities, np.where(np.arange(400) < 300, 0, 1).astype(np.int32))
    fitted = fit_temperature(only_holdout, labels, holdout)
    assert (fitted.fitted_on, fitted.n) == ("half of the hold-out", 50)
    only_holdout.probabilities[holdout[1::2]] = [1, 0, 0, 0]  # the other half
    assert fit_temperature(only_holdout, labels, holdout) == fitted


def test_too_few_images_leave_the_probabilities():
    predictions, labels = drawn(49, 0.5)
    assert fit_temperature(predictions, labels, NO_HOLDOUT) == Temperature(1.0, "none", 0)
    assert fit_temperature(make_predictions([[0, 0], [0.5, 0.5]], [0, 1]), labels[:1], NO_HOLDOUT).n == 0

"""Temperature scaling: one number that makes an ensemble's probabilities say how often it is correct.

After Guo et al., "On Calibration of Modern Neural Networks" (2017). Averages of
members that were trained with label smoothing are too cautious; probabilities
to the power of 1 / temperature, divided by their sum, are not. The order of the
classes stays, and so does the accuracy.
"""

import numpy as np
from scipy.optimize import minimize_scalar

from letterpress.evaluation.calibration import cross_entropy
from letterpress.storage.predictions import Predictions
from letterpress.storage.temperature import Temperature

EPS = 1e-12  # the smallest sum of powers, for rows of zeros
LOG_BOUNDS = (np.log(0.1), np.log(10.0))
MIN_IMAGES = 50  # fewer say too little: the probabilities stay as they are


def scale_predictions(predictions: Predictions, temperature: float) -> Predictions:
    """Return the predictions with scaled probabilities."""
    return Predictions(scale_probabilities(predictions.probabilities, temperature), predictions.n_votes)


def scale_probabilities(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return float32 (n, n_classes) raised to 1 / temperature, rows that sum to 1; rows of zeros stay."""
    highest = probabilities.max(axis=1, keepdims=True)
    powers = (probabilities / np.where(highest > 0, highest, 1)).astype(np.float64) ** (1 / temperature)
    return (powers / np.maximum(powers.sum(axis=1, keepdims=True), EPS)).astype(np.float32)


def fit_temperature(predictions: Predictions, labels: np.ndarray, holdout: np.ndarray) -> Temperature:
    """Fit a temperature by cross-entropy, out of fold, or without a validation on half of the hold-out.

    labels: int32 (n_labelled,); holdout: int32 (h,), indices of labelled images.
    Every other image of the hold-out is left to tell the calibration by.
    """
    rows = predictions.rows(len(labels), holdout)
    parts = {"oof": rows["oof"], "half of the hold-out": rows["holdout"][::2]}
    for name, fitted in parts.items():
        if len(fitted) >= MIN_IMAGES:
            temperature = _minimize_cross_entropy(predictions.probabilities[fitted], labels[fitted])
            return Temperature(temperature, name, len(fitted))
    return Temperature(1.0, "none", 0)


def _minimize_cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature, four digits, of the lowest cross-entropy."""

    def loss(log_temperature: float) -> float:
        return cross_entropy(scale_probabilities(probabilities, np.exp(log_temperature)), labels)

    return round(float(np.exp(minimize_scalar(loss, bounds=LOG_BOUNDS, method="bounded").x)), 4)

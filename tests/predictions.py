"""Small predictions and images for tests."""

import numpy as np

from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import PreparedSplit


def make_predictions(probabilities: np.ndarray, n_votes: list[int] | None = None) -> Predictions:
    """Predictions with one vote on each row that is not all zeros, or with the given numbers of votes."""
    array = np.array(probabilities, np.float32)
    return Predictions(array, np.array(array.any(axis=1) if n_votes is None else n_votes, np.int32))


def one_hot(predicted: list[int | None] | np.ndarray, n_classes: int = 3) -> np.ndarray:
    """Probabilities of 1 for the predicted class, float32 (n, n_classes), zeros for None."""
    rows = [np.zeros(n_classes) if label is None else np.eye(n_classes)[label] for label in predicted]
    return np.array(rows, np.float32).reshape(-1, n_classes)


def make_split(labels: list[int] | None, n: int = 0, size: int = 5) -> PreparedSplit:
    """Random images with ids that would be markup in HTML; n of them where there are no labels."""
    n = n if labels is None else len(labels)
    images = np.random.default_rng(0).integers(0, 256, (n, size, size), dtype=np.uint8)
    known = None if labels is None else np.array(labels, np.int32)
    return PreparedSplit(images, np.array([f"<i>{i}" for i in range(n)]), np.full((n, 2), size, np.int32), known)

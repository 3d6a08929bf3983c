"""How good probabilities are, given the true labels."""

from collections import Counter

import numpy as np
from sklearn.metrics import f1_score

from letterpress.evaluation.calibration import expected_calibration_error


def scores(probabilities: np.ndarray, labels: np.ndarray, classes: list[str]) -> dict[str, float]:
    """All figures for probabilities (n, classes) and labels, int (n,); fractions of 1, six digits."""
    predicted = probabilities.argmax(axis=1)
    figures = {
        "accuracy": np.mean(predicted == labels),
        "top5_accuracy": top_accuracy(probabilities, labels, 5),
        "accuracy_ignoring_case": np.mean(_folded(classes)[predicted] == _folded(classes)[labels]),
        "macro_f1": f1_score(labels, predicted, average="macro", zero_division=0),
        "expected_calibration_error": expected_calibration_error(probabilities, labels),
    }
    return {name: round(float(value), 6) for name, value in figures.items()} | {"images": len(labels)}


def top_accuracy(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Share of images whose label is among the k most probable classes."""
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float(np.mean((best == labels[:, None]).any(axis=1)))


def most_confused(predicted: np.ndarray, labels: np.ndarray, classes: list[str], count: int = 10) -> list[dict]:
    """The most frequent errors: which class was taken for which, and how often."""
    wrong = predicted != labels
    pairs = Counter(zip(labels[wrong].tolist(), predicted[wrong].tolist(), strict=True))
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:count]
    return [{"true": classes[t], "predicted": classes[p], "images": n} for (t, p), n in ordered]


def _folded(classes: list[str]) -> np.ndarray:
    """Class indices with upper and lower case made one."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(name.casefold(), i) for i, name in enumerate(classes)])

"""Risk and coverage: the accuracy of the most confident predictions, by the share of images that they answer.

After Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (2017).
"""

import numpy as np


def accuracy_by_coverage(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """Return, for each threshold on the confidence, the coverage and the accuracy of what lies on or above it.

    probabilities: float (n, n_classes); labels: int (n,). The highest threshold
    comes first; equal confidences are one threshold.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    correct = np.cumsum(probabilities.argmax(axis=1)[order] == labels[order])
    n = np.arange(1, len(labels) + 1)
    last = np.flatnonzero(np.diff(confidence[order], append=-1.0))  # of each confidence
    return [
        {
            "threshold": float(confidence[order[i]]),
            "coverage": float(n[i] / len(labels)),
            "accuracy": float(correct[i] / n[i]),
        }
        for i in last
    ]


def find_threshold(points: list[dict[str, float]], accuracy: float) -> dict[str, float] | None:
    """Return the point of the largest coverage at which the accuracy is reached, or None."""
    reached = [point for point in points if point["accuracy"] >= accuracy]
    return reached[-1] if reached else None

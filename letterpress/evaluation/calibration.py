"""Calibration: whether predictions with a probability of 90 % are correct nine times of ten.

After Guo et al., "On Calibration of Modern Neural Networks" (2017).
"""

import numpy as np

N_BINS = 15
EPS = 1e-12  # the smallest probability in a cross-entropy


def bin_by_confidence(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """Compute mean confidence and accuracy in each of 15 equal bins of confidence; empty bins are left out.

    probabilities: float (n, n_classes); labels: int (n,).
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    return [
        {
            "confidence": float(confidence[inside].mean()),
            "accuracy": float(correct[inside].mean()),
            "n": int(inside.sum()),
        }
        for inside in (bins == b for b in range(N_BINS))
        if inside.any()
    ]


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Average the gaps between confidence and accuracy over the bins, weighted by their number of images."""
    bins = bin_by_confidence(probabilities, labels)
    return sum(abs(b["confidence"] - b["accuracy"]) * b["n"] for b in bins) / len(labels)


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean negative log-probability of the true classes, in nats."""
    true_class = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true_class, EPS)).mean(dtype=np.float64))

"""Whether answers given with 90 % are right nine times of ten.

After Guo et al., "On Calibration of Modern Neural Networks" (2017).
"""

import numpy as np

BINS = 15


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """Mean confidence and accuracy of the images in each of 15 even bins of confidence; empty bins are left out.

    probabilities: float (n, classes); labels: int (n,).
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        {
            "confidence": float(confidence[inside].mean()),
            "accuracy": float(right[inside].mean()),
            "images": int(inside.sum()),
        }
        for inside in (bins == b for b in range(BINS))
        if inside.any()
    ]


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error: the bins' gaps between confidence and accuracy, by their images."""
    bins = reliability(probabilities, labels)
    return sum(abs(b["confidence"] - b["accuracy"]) * b["images"] for b in bins) / len(labels)

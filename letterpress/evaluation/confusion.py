"""Confusion: how many images of each class were predicted as which."""

import csv
import io

import numpy as np
from sklearn.metrics import confusion_matrix


def count_confusions(labels: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count images by true class (row) and predicted class (column), int (n_classes, n_classes).

    labels, predicted: int (n,).
    """
    if len(labels) == 0:
        return np.zeros((n_classes, n_classes), int)
    return confusion_matrix(labels, predicted, labels=range(n_classes))


def most_confused(labels: np.ndarray, predicted: np.ndarray, classes: list[str], n: int = 10) -> list[dict]:
    """Return the n most frequent errors, ties in the order of the classes."""
    counts = count_confusions(labels, predicted, len(classes))
    np.fill_diagonal(counts, 0)
    pairs = (divmod(int(i), len(classes)) for i in np.argsort(-counts, axis=None, kind="stable")[:n])
    return [{"true": classes[t], "predicted": classes[p], "n": int(counts[t, p])} for t, p in pairs if counts[t, p]]


def confusion_csv(labels: np.ndarray, predicted: np.ndarray, classes: list[str]) -> str:
    """Format a row an image for DVC's confusion plot, sorted by class, so that a new ensemble changes few lines."""
    pairs = sorted(zip(labels.tolist(), predicted.tolist(), strict=True))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("actual", "predicted"))
    writer.writerows((classes[t], classes[p]) for t, p in pairs)
    return text.getvalue()

"""Metrics of predicted probabilities, given the true classes."""

import numpy as np
from sklearn.metrics import f1_score

from letterpress.evaluation.calibration import cross_entropy, expected_calibration_error
from letterpress.storage.class_groups import group_classes


def compute_metrics(probabilities: np.ndarray, labels: np.ndarray, classes: list[str]) -> dict:
    """Compute all metrics of float (n, n_classes) for labels, int (n,), n > 0: fractions of 1, six digits.

    With two groups of classes or more, `groups` holds each group's own.
    """
    predicted = probabilities.argmax(axis=1)
    folded = _fold_case(classes)
    metrics = {
        "accuracy": accuracy(predicted, labels),
        "top5_accuracy": top_k_accuracy(probabilities, labels, 5),
        "accuracy_ignoring_case": accuracy(folded[predicted], folded[labels]),
        "macro_f1": round(float(f1_score(labels, predicted, average="macro", zero_division=0)), 6),
        **calibration_metrics(probabilities, labels),
        "n": len(labels),
    }
    groups = group_classes(classes)
    if len(groups) > 1:
        metrics["groups"] = {name: _group_metrics(probabilities, labels, group) for name, group in groups.items()}
    return metrics


def calibration_metrics(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the expected calibration error, a fraction of 1, and the cross-entropy, in nats, six digits."""
    return {
        "ece": round(expected_calibration_error(probabilities, labels), 6),
        "cross_entropy": round(cross_entropy(probabilities, labels), 6),
    }


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Return the fraction of correct predictions, six digits; 0 for no images."""
    return round(float(np.mean(predicted == labels)), 6) if len(labels) else 0.0


def top_k_accuracy(probabilities: np.ndarray, labels: np.ndarray, k: int) -> float:
    """Return the fraction of images whose label is among the k most probable classes.

    Of equal probabilities the first class ranks first, as for argmax;
    scikit-learn's top_k_accuracy_score ranks the last one first, and takes no
    two columns for two classes.
    """
    top = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return round(float(np.mean((top == labels[:, None]).any(axis=1))), 6)


def _group_metrics(probabilities: np.ndarray, labels: np.ndarray, group: np.ndarray) -> dict:
    """Compute the accuracy on a group's images, among all classes and (`accuracy_within`) among the group's own."""
    inside = np.isin(labels, group)
    probabilities, labels = probabilities[inside], labels[inside]
    return {
        "accuracy": accuracy(probabilities.argmax(axis=1), labels),
        "accuracy_within": accuracy(group[probabilities[:, group].argmax(axis=1)], labels),
        "n": len(labels),
    }


def _fold_case(classes: list[str]) -> np.ndarray:
    """Map each class to the first class of the same name without regard to case, int (n_classes,)."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(name.casefold(), i) for i, name in enumerate(classes)])

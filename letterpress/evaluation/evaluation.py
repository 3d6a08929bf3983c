"""The contents of metrics/ensemble.json and metrics/details.json."""

from dataclasses import dataclass

import numpy as np

from letterpress.evaluation.confusion import most_confused
from letterpress.evaluation.metrics import calibration_metrics, compute_metrics
from letterpress.evaluation.temperature import scale_probabilities
from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import load_classes, load_labels, load_split
from letterpress.storage.splits import load_holdout

PARTS = ("holdout", "oof", "test")


@dataclass(frozen=True)
class Targets:
    """The true classes of all images, labelled ones first, then test images.

    labels: int32 (n_images,), -1 where unknown. n_labelled: how many come
    first. holdout: int32 (h,), indices of labelled images. classes: their names.
    """

    labels: np.ndarray
    n_labelled: int
    holdout: np.ndarray
    classes: list[str]

    def parts(self, predictions: Predictions) -> dict[str, np.ndarray]:
        """Return the indices of the images to evaluate on: hold-out, out of fold, test; those that have any."""
        rows = predictions.rows(self.n_labelled, self.holdout)
        known = {part: indices[self.labels[indices] >= 0] for part, indices in rows.items()}
        return {part: indices for part, indices in known.items() if len(indices)}

    def out_of_sample(self, predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and predicted classes, int (n,), of all labelled images that have a prediction."""
        rows = np.flatnonzero(predictions.voted[: self.n_labelled])
        return self.labels[rows], predictions.probabilities[rows].argmax(axis=1)


def load_targets() -> Targets:
    """Read labels, hold-out and the classes' names."""
    labelled, test = load_labels(), load_split("test")
    unknown = np.full(len(test.ids), -1, np.int32)
    labels = np.concatenate([labelled, unknown if test.labels is None else test.labels])
    return Targets(labels, len(labelled), load_holdout(), load_classes())


def evaluate_ensemble(predictions: Predictions, targets: Targets) -> dict:
    """Compute the metrics of each part, and out of fold the mean number of votes (`n_votes`)."""
    metrics = _evaluate_parts(predictions, targets)
    if "oof" in metrics:
        rows = targets.parts(predictions)["oof"]
        metrics["oof"]["n_votes"] = round(float(predictions.n_votes[rows].mean()), 3)
    return metrics


def compare_calibration(final: Predictions, targets: Targets, temperature: float) -> dict[str, dict[str, float]]:
    """Compute each part's calibration as it was before the temperature, keys that end in `_uncalibrated`."""
    return {
        part: {
            f"{name}_uncalibrated": value
            for name, value in calibration_metrics(
                scale_probabilities(final.probabilities[rows], 1 / temperature), targets.labels[rows]
            ).items()
        }
        for part, rows in targets.parts(final).items()
    }


def evaluate_member(predictions: Predictions, targets: Targets) -> dict:
    """Compute one member's metrics on its validation images and on the hold-out."""
    metrics = _evaluate_parts(predictions, targets)
    parts = {"validation": "oof", "holdout": "holdout"}
    return {name: metrics[part] for name, part in parts.items() if part in metrics}


def compute_details(
    final: Predictions,
    members: dict[str, Predictions],
    targets: Targets,
    context: dict[str, Predictions],
    temperature: float,
) -> dict:
    """Compute the content of metrics/details.json.

    Args:
        final: the ensemble's predictions, re-ranked where there is a context.
        members: each member's predictions.
        targets: the true classes.
        context: the ensemble's predictions `without_context` and `grouped_by_photo`, or none.
        temperature: by which `final` is calibrated.
    """
    metrics, uncalibrated = evaluate_ensemble(final, targets), compare_calibration(final, targets, temperature)
    compared = {name: evaluate_ensemble(predictions, targets) for name, predictions in context.items()}
    return {
        **{part: values | uncalibrated[part] for part, values in metrics.items()},
        **compared,
        "most_confused": most_confused(*targets.out_of_sample(final), targets.classes),
        "members": {key: evaluate_member(member, targets) for key, member in members.items()},
    }


def summarize_details(details: dict) -> dict:
    """Select the few figures of metrics/ensemble.json; those that compare contexts are out of fold."""
    validation = [
        member["validation"]["accuracy"] for member in details["members"].values() if "validation" in member
    ]
    summary = {"validation": _summarize_members(validation)} if validation else {}
    compared = {name: details.get(name, {}).get("oof") for name in ("without_context", "grouped_by_photo")}
    metrics = {part: details.get(part) for part in PARTS} | compared
    return summary | {name: {"accuracy": of["accuracy"]} for name, of in metrics.items() if of}


def _evaluate_parts(predictions: Predictions, targets: Targets) -> dict:
    return {
        part: compute_metrics(predictions.probabilities[rows], targets.labels[rows], targets.classes)
        for part, rows in targets.parts(predictions).items()
    }


def _summarize_members(accuracies: list[float]) -> dict[str, float]:
    """Compute mean, sample standard deviation and best."""
    std = np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0.0
    return {"mean": round(float(np.mean(accuracies)), 6), "std": round(float(std), 6), "best": max(accuracies)}

"""What metrics/ensemble.json and metrics/members/*.json say."""

import numpy as np

from letterpress.evaluation.metrics import most_confused, scores
from letterpress.storage.class_groups import group_classes
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions
from letterpress.storage.prepared import Arrays


def evaluate_ensemble(
    ensemble: EnsemblePredictions, train: Arrays, test: Arrays, holdout: np.ndarray, classes: list[str]
) -> dict:
    """Figures on the hold-out, out of fold and, where the truth is known, on the test images.

    Out of fold every labelled image is judged only by members that did not
    learn from it; `judges` says how many did on average, `images` how many
    images had any. A part without images is left out.
    """
    figures: dict = {}
    if len(holdout):
        figures["holdout"] = scores_by_group(ensemble.holdout, train.labels[holdout], classes)
    judged = np.flatnonzero(ensemble.judges)
    if len(judged):
        figures["oof"] = scores_by_group(ensemble.oof[judged], train.labels[judged], classes)
        figures["oof"]["judges"] = round(float(ensemble.judges[judged].mean()), 3)
    if test.labels is not None and len(test.labels):
        figures["test"] = scores_by_group(ensemble.test, test.labels, classes)
    indices, probabilities = judged_unseen(ensemble, holdout)
    figures["confused"] = most_confused(probabilities.argmax(axis=1), train.labels[indices], classes)
    return figures


def evaluate_context(
    alone: EnsemblePredictions,
    whole: np.ndarray,
    train: Arrays,
    test: Arrays,
    holdout: np.ndarray,
    classes: list[str],
) -> dict:
    """The same figures before siblings were asked, and out of fold with the labels of whole photographs hidden."""
    before = evaluate_ensemble(alone, train, test, holdout, classes)
    judged = np.flatnonzero(alone.judges)
    return {
        "alone": {part: figures for part, figures in before.items() if part != "confused"},
        "whole_photographs": {"oof": scores_by_group(whole[judged], train.labels[judged], classes)},
    }


def scores_by_group(probabilities: np.ndarray, labels: np.ndarray, classes: list[str]) -> dict:
    """All figures, and with two groups of classes or more the accuracy on each group's images.

    `accuracy` chooses among all classes, `accuracy_within` among the group's own.
    """
    figures: dict = scores(probabilities, labels, classes)
    groups = group_classes(classes)
    if len(groups) > 1:
        figures["groups"] = {}
        for name, members in groups.items():
            rows = np.isin(labels, members)
            within = members[probabilities[rows][:, members].argmax(axis=1)]
            figures["groups"][name] = {
                "accuracy": accuracy(probabilities[rows].argmax(axis=1), labels[rows]),
                "accuracy_within": accuracy(within, labels[rows]),
                "images": int(rows.sum()),
            }
    return figures


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers, six digits; 0 without any image."""
    return round(float(np.mean(predicted == labels)), 6) if len(labels) else 0.0


def judged_unseen(ensemble: EnsemblePredictions, holdout: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the labelled images judged unseen, hold-out first, and their probabilities."""
    judged = np.flatnonzero(ensemble.judges)
    indices = np.concatenate([holdout, judged])
    return indices, np.concatenate([ensemble.holdout, ensemble.oof[judged]])


def evaluate_member(member: MemberPredictions, train: Arrays, holdout: np.ndarray, classes: list[str]) -> dict:
    """One member's figures on its validation images and on the hold-out."""
    figures = {}
    if len(member.validation_indices):
        figures["validation"] = scores_by_group(member.validation, train.labels[member.validation_indices], classes)
    if len(holdout):
        figures["holdout"] = scores_by_group(member.holdout, train.labels[holdout], classes)
    return figures


def summarise_members(members: dict[str, dict]) -> dict[str, float]:
    """Mean, sample deviation and best of the members' validation accuracies."""
    accuracies = [figures["validation"]["accuracy"] for figures in members.values() if "validation" in figures]
    if not accuracies:
        return {}
    deviation = np.std(accuracies, ddof=1) if len(accuracies) > 1 else 0.0
    return {
        "mean": round(float(np.mean(accuracies)), 6),
        "std": round(float(deviation), 6),
        "best": max(accuracies),
    }

"""Weighted arithmetic and geometric means of the members' probabilities."""

import numpy as np

from letterpress.configuration.ensemble import EnsembleConfig
from letterpress.ensembling.stacking import stack_predictions
from letterpress.storage.predictions import Predictions

EPS = 1e-12  # probabilities are clipped to it before their logarithm


def combine_members(
    members: dict[str, Predictions], ensemble: EnsembleConfig, labels: np.ndarray, holdout: np.ndarray
) -> Predictions:
    """Combine the members by the ensemble's method.

    Args:
        members: every member's predictions, by key.
        ensemble: the method and the weights.
        labels: int32 (n_labelled,), which only stacking is fitted to.
        holdout: int32 (h,), indices of labelled images, which stacking is not fitted to.
    """
    if ensemble.method == "stacking":
        return stack_predictions(average_members(members, ensemble.weights, "geometric_mean"), labels, holdout)
    return average_members(members, ensemble.weights, ensemble.method)


def average_members(members: dict[str, Predictions], weights: dict[str, float] | None, method: str) -> Predictions:
    """Average, for each image, the members that voted; one of weight 0 has no vote. Weights of None are equal."""
    weights = weights or dict.fromkeys(members, 1.0)
    shape = next(iter(members.values())).probabilities.shape
    sums, total, n_votes = np.zeros(shape), np.zeros(shape[0]), np.zeros(shape[0], np.int32)
    for key, member in members.items():
        if weights[key] > 0:
            voted = member.voted
            sums[voted] += weights[key] * _transform(member.probabilities[voted], method)
            total[voted] += weights[key]
            n_votes += voted
    return Predictions(_normalize(sums, total, method), n_votes)


def weighted_mean(probabilities: dict[str, np.ndarray], weights: dict[str, float] | None, method: str) -> np.ndarray:
    """Average arrays (n, n_classes) of images that every member may predict; returns float32 (n, n_classes)."""
    members = {key: Predictions(array, np.ones(len(array), np.int32)) for key, array in probabilities.items()}
    return average_members(members, weights, method).probabilities


def _transform(probabilities: np.ndarray, method: str) -> np.ndarray:
    """Convert to what is summed, float64: log-probabilities for the geometric mean."""
    values = probabilities.astype(np.float64)
    return np.log(np.maximum(values, EPS)) if method == "geometric_mean" else values


def _normalize(sums: np.ndarray, total: np.ndarray, method: str) -> np.ndarray:
    """Divide by the total weights, and scale rows to sum to 1, float32; rows without weight become zeros."""
    means = sums / np.where(total > 0, total, 1.0)[:, None]
    if method == "geometric_mean":
        means = np.exp(means)
    means[total == 0] = 0.0
    row_sums = means.sum(axis=1, keepdims=True)
    return (means / np.where(row_sums > 0, row_sums, 1.0)).astype(np.float32)

"""Many members' probabilities become one."""

from dataclasses import replace

import numpy as np

from letterpress.configuration.ensemble import EnsembleConfig
from letterpress.ensembling.stacking import stack
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions

EPS = 1e-12  # a probability's floor before its logarithm


def join(members: dict[str, MemberPredictions], ensemble: EnsembleConfig, labels: np.ndarray) -> EnsemblePredictions:
    """Combine the members by the ensemble's method; labels, int (n,), are those of all labelled images."""
    if ensemble.method == "stacking":
        return stack(average(members, replace(ensemble, method="geometric_mean"), len(labels)), labels)
    return average(members, ensemble, len(labels))


def average(members: dict[str, MemberPredictions], ensemble: EnsembleConfig, n_labelled: int) -> EnsemblePredictions:
    """Average the members' probabilities, for `n_labelled` labelled images and the test images."""
    weights = ensemble.weights or dict.fromkeys(members, 1.0)
    n_classes = next(iter(members.values())).validation.shape[1]
    sums = np.zeros((n_labelled, n_classes))
    total, judges = np.zeros(n_labelled), np.zeros(n_labelled, np.int32)
    for key, member in members.items():
        sums[member.validation_indices] += weights[key] * _forward(member.validation, ensemble.method)
        total[member.validation_indices] += weights[key]
        judges[member.validation_indices] += weights[key] > 0  # one that has no say is no judge
    return EnsemblePredictions(
        oof=_backward(sums, total, ensemble.method),
        judges=judges,
        holdout=combine({key: member.holdout for key, member in members.items()}, weights, ensemble.method),
        test=combine({key: member.test for key, member in members.items()}, weights, ensemble.method),
    )


def combine(probabilities: dict[str, np.ndarray], weights: dict[str, float], method: str) -> np.ndarray:
    """Weighted arithmetic or geometric mean of arrays (n, classes); rows sum to 1."""
    sums = sum(weights[key] * _forward(array, method) for key, array in probabilities.items())
    return _backward(sums, np.full(len(sums), sum(weights.values())), method)


def _forward(probabilities: np.ndarray, method: str) -> np.ndarray:
    values = probabilities.astype(np.float64)
    return np.log(np.maximum(values, EPS)) if method == "geometric_mean" else values


def _backward(sums: np.ndarray, total: np.ndarray, method: str) -> np.ndarray:
    """Divide by the weights and normalise; rows without weight become zeros."""
    means = sums / np.where(total > 0, total, 1.0)[:, None]
    if method == "geometric_mean":
        means = np.exp(means)
    means[total == 0] = 0.0
    row_sums = means.sum(axis=1, keepdims=True)
    return (means / np.where(row_sums > 0, row_sums, 1.0)).astype(np.float32)

"""Judge images anew by what their siblings tell of their kind; labels of a fold are hidden from what judges it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_predict

from letterpress.context.evidence import Pictures, beliefs, gather
from letterpress.context.kinds import NAMES, Kinds
from letterpress.params.context import Context

MODELS = 3  # averaged
SMALLEST = 1e-4  # a probability's floor before its logarithm
BOOSTING = {"max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 12, "min_samples_leaf": 15}
BOOSTING |= {"l2_regularization": 1.0, "max_features": 0.5}


@dataclass(frozen=True)
class Refinement:
    """All pictures of a data set, labelled ones first, and what the ensemble says of each.

    labels: int32 (n,), anything where unknown. labelled: bool (n,), whose
    label may be used. predictions: float32 (n, classes), from members that
    did not learn from the picture; judged: bool (n,), where there are any.
    """

    pictures: Pictures
    labels: np.ndarray
    labelled: np.ndarray
    predictions: np.ndarray
    judged: np.ndarray
    kinds: Kinds
    params: Context

    def unlabelled(self) -> np.ndarray:
        """Predictions for all pictures, refined with the help of every label that may be used."""
        return self._refine(self.labelled, np.ones(len(self.labels), bool))

    def out_of_fold(self, photographs: np.ndarray | None = None) -> np.ndarray:
        """Predictions for the labelled pictures, each refined without any label of its fold.

        Folds are drawn at random, or, with a photograph's number for every picture, so that none is divided.
        """
        refined = self.predictions.copy()
        rows = np.flatnonzero(self.labelled & self.judged)
        if photographs is None:
            folds = StratifiedKFold(self.params.folds, shuffle=True, random_state=0).split(rows, self.labels[rows])
        else:
            folds = GroupKFold(self.params.folds).split(rows, groups=photographs[rows])
        for _, hidden in folds:
            of_fold = np.zeros(len(self.labels), bool)
            of_fold[rows[hidden]] = True
            refined[of_fold] = self._refine(self.labelled & ~of_fold, of_fold)[of_fold]
        return refined

    def _refine(self, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Fit on the known pictures, and refine the wanted ones; others stay as they were.

        All of them teach the kinds, those that were judged how far to trust what the models of kinds say.
        """
        refined, judged = self.predictions.copy(), known & self.judged
        kinds = self.kinds.of[self.labels[known]]
        present, counts = np.unique(kinds, return_counts=True)
        if len(present) < 2 or counts.min() < self.params.folds or not judged.any():
            return refined
        believed = beliefs(self.predictions, self.labels, known)
        predictions = np.where(self.judged[:, None], self.predictions, 0)  # whose shape nobody saw is like no sibling
        evidence = gather(self.pictures, believed, known, predictions, self.kinds)
        prior = np.log(counts / counts.sum())

        def combined(rows: np.ndarray, shares: np.ndarray, strength: float) -> np.ndarray:
            odds = np.zeros((len(shares), len(NAMES)))
            odds[:, present] = np.log(np.maximum(shares, SMALLEST)) - prior
            changed = self.predictions[rows] * np.exp(strength * odds)[:, self.kinds.of]
            return changed / np.maximum(changed.sum(axis=1, keepdims=True), SMALLEST)

        shares = cross_val_predict(_model(0), evidence[known], kinds, cv=self.params.folds, method="predict_proba")
        shares, truth = shares[judged[known]], self.labels[judged]
        strength = _best(lambda s: combined(judged, shares, s)[np.arange(len(truth)), truth])
        models = [_model(seed).fit(evidence[known], kinds) for seed in range(MODELS)]
        shares = np.mean([model.predict_proba(evidence[wanted]) for model in models], axis=0)
        refined[wanted] = combined(wanted, shares, strength)
        return refined


def _model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**BOOSTING, random_state=seed)


def _best(probabilities_of_truth: Callable[[float], np.ndarray]) -> float:
    """The strength, from 0 to 2, under which the truth is most probable."""

    def cross_entropy(strength: float) -> float:
        return float(-np.log(np.maximum(probabilities_of_truth(strength), SMALLEST)).mean())

    return minimize_scalar(cross_entropy, bounds=(0, 2), method="bounded").x

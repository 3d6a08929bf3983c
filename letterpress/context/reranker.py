"""Predictor images anew by what their siblings tell of their kind; no image's own label comes back through them.

A label has two ways to its image: as one of the labels that are known, and
through the answers on its siblings of members that learned from it. Both are
closed out of fold. What is left: the models of kinds are taught by pictures
whose own answers may come from such members.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from letterpress.configuration.ensemble import ContextConfig
from letterpress.context.char_types import NAMES, Kinds
from letterpress.context.features import Pictures, beliefs, gather

MODELS = 3  # averaged
EPS = 1e-4  # a probability's floor before its logarithm
BOOSTING = {"max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 12, "min_samples_leaf": 15}
BOOSTING |= {"l2_regularization": 1.0, "max_features": 0.5}


@dataclass(frozen=True)
class Reranker:
    """All pictures of a data set, labelled ones first, and what was answered on each.

    labels: int32 (n,), anything where unknown. labelled: bool (n,), whose
    label may be used. members: float32 (members, n, classes), each member's
    probabilities, zeros for the pictures that it learned from. ensemble:
    float32 (n, classes), the same of the members together, zeros where all
    of them learned from a picture.
    """

    pictures: Pictures
    labels: np.ndarray
    labelled: np.ndarray
    members: np.ndarray
    ensemble: np.ndarray
    kinds: Kinds
    params: ContextConfig

    def unlabelled(self) -> np.ndarray:
        """The ensemble's answers on the pictures without a label, in their order, refined by all labels."""
        return self._refine(self.ensemble, self.labelled, ~self.labelled)

    def out_of_fold(self, photographs: np.ndarray | None = None) -> np.ndarray:
        """The ensemble's answers on the labelled pictures, refined, float32 (n, classes); zeros for all others.

        What a member did not learn from is a fold: its labels are hidden, and siblings without a label are what
        that member takes them for. A picture in several folds gets their mean. With a photograph's number for
        every picture, int (n,), all labels are hidden of the photographs that a fold's pictures were cut from.
        """
        judged = self.labelled & _answered(self.ensemble)
        total, folds = np.zeros(self.ensemble.shape), np.zeros(len(self.labels), int)
        for answers in self.members:
            fold = judged & _answered(answers)
            hidden = fold if photographs is None else np.isin(photographs, photographs[fold])
            total[fold] += self._refine(answers, self.labelled & ~hidden, fold)
            folds += fold
        return (total / np.maximum(folds, 1)[:, None]).astype(np.float32)

    @threadpool_limits.wrap(limits=1)  # boosting's threads wait for each other where anything else runs
    def _refine(self, answers: np.ndarray, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Fit on the known pictures, and refine the wanted ones; `answers` tell what siblings without a label are.

        All known ones teach the kinds, but for kinds with fewer than a picture a fold; those that were judged
        teach how far to trust what the models of kinds say.
        """
        kinds = self.kinds.of[self.labels]
        counts = np.bincount(kinds[known], minlength=len(NAMES))
        present = np.flatnonzero(counts >= self.params.folds)
        taught = known & np.isin(kinds, present)
        judged = taught & _answered(self.ensemble)
        if len(present) < 2 or not judged.any() or not wanted.any():
            return self.ensemble[wanted]
        evidence = gather(self.pictures, beliefs(answers, self.labels, known), known, self.ensemble, self.kinds)
        lessons = evidence[taught], kinds[taught]
        shares = cross_val_predict(_model(0), *lessons, cv=self.params.folds, method="predict_proba")
        odds = _log_odds(shares[judged[taught]], present, counts)[:, self.kinds.of]
        truth = np.arange(len(odds)), self.labels[judged]
        strength = _best(lambda strength: _changed(self.ensemble[judged], odds, strength)[truth])
        models = [_model(seed).fit(*lessons) for seed in range(MODELS)]
        shares = np.mean([model.predict_proba(evidence[wanted]) for model in models], axis=0)
        return _changed(self.ensemble[wanted], _log_odds(shares, present, counts)[:, self.kinds.of], strength)


def _log_odds(shares: np.ndarray, present: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How much likelier than it is frequent each kind is, (n, kinds); 0 for those that are not present."""
    odds = np.zeros((len(shares), len(counts)))
    odds[:, present] = np.log(np.maximum(shares, EPS)) - np.log(counts[present] / counts[present].sum())
    return odds


def _changed(probabilities: np.ndarray, odds: np.ndarray, strength: float) -> np.ndarray:
    """Move probabilities by log-odds, both (n, classes)."""
    changed = probabilities * np.exp(strength * odds)
    return changed / changed.sum(axis=1, keepdims=True)


def _answered(probabilities: np.ndarray) -> np.ndarray:
    """Rows that are not all zeros, bool (n,)."""
    return probabilities.any(axis=1)


def _model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**BOOSTING, random_state=seed)


def _best(probabilities_of_truth: Callable[[float], np.ndarray]) -> float:
    """The strength, from 0 to 2, under which the truth is most probable."""

    def cross_entropy(strength: float) -> float:
        return float(-np.log(np.maximum(probabilities_of_truth(strength), EPS)).mean())

    return minimize_scalar(cross_entropy, bounds=(0, 2), method="bounded").x

"""Re-rank predictions by the character types that an image's neighbours suggest.

No image's own label may reach its prediction. It could in two ways: as one of
the known labels, and through predictions of its neighbours by members that
trained on it. Out of fold both are closed. One way is left: among the images
that the models of character types are fitted to, the neighbours' predictions
may come from such members.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

from letterpress.configuration.ensemble import ContextConfig
from letterpress.context.char_types import CHAR_TYPES, char_types
from letterpress.context.features import Crops, build_features, soft_labels
from letterpress.context.neighbors import cluster_photos
from letterpress.storage.predictions import Predictions

N_MODELS = 3  # averaged
EPS = 1e-4  # probabilities are clipped to it before their logarithm
MAX_STRENGTH = 2.0
BOOSTING = {"max_iter": 120, "learning_rate": 0.06, "max_leaf_nodes": 12, "min_samples_leaf": 15}
BOOSTING |= {"l2_regularization": 1.0, "max_features": 0.5}


@dataclass(frozen=True)
class Reranker:
    """The images of a data set, n_labelled labelled ones, then test images, and their predictions.

    labels: int32 (n_labelled,). holdout: int32 (h,), indices of labelled
    images whose labels are hidden. members: each member's predictions.
    ensemble: the members' together.
    """

    crops: Crops
    labels: np.ndarray
    holdout: np.ndarray
    members: dict[str, Predictions]
    ensemble: Predictions
    classes: list[str]
    params: ContextConfig

    @property
    def known(self) -> np.ndarray:
        """Return which images have a label that may be used, bool (n_images,)."""
        known = np.arange(len(self.ensemble.n_votes)) < len(self.labels)
        known[self.holdout] = False
        return known

    def rerank(self) -> Predictions:
        """Re-rank all predictions: known images out of fold, the others by all known labels."""
        known, probabilities = self.known, self.rerank_out_of_fold().probabilities
        probabilities[~known] = self._rerank(self.ensemble.probabilities, known, ~known)
        return Predictions(probabilities, self.ensemble.n_votes)

    def rerank_grouped_by_photo(self) -> Predictions:
        """Re-rank the predictions of the known images, out of fold, no photo divided between folds."""
        return self.rerank_out_of_fold(cluster_photos(self.crops.points, self.params.n_photos))

    def rerank_out_of_fold(self, photos: np.ndarray | None = None) -> Predictions:
        """Re-rank the predictions of the known images; all other rows are zeros.

        The images that a member did not train on are a fold. For a fold, its
        labels are hidden, and neighbours without a known label count as that
        member predicts them. An image in several folds gets their mean. With
        photos, int (n_images,), a photo's number for every image, all labels
        of the photos that a fold's images were cut from are hidden.
        """
        known = self.known
        predicted = known & self.ensemble.voted
        total, n_folds = np.zeros(self.ensemble.probabilities.shape), np.zeros(len(known), int)
        for member in self.members.values():
            fold = predicted & member.voted
            hidden = fold if photos is None else np.isin(photos, photos[fold])
            total[fold] += self._rerank(member.probabilities, known & ~hidden, fold)
            n_folds += fold
        probabilities = (total / np.maximum(n_folds, 1)[:, None]).astype(np.float32)
        return Predictions(probabilities, np.where(n_folds > 0, self.ensemble.n_votes, 0))

    @threadpool_limits.wrap(limits=1)  # boosting's threads wait for each other where anything else runs
    def _rerank(self, probabilities: np.ndarray, known: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Fit models of character types to the known images, and re-rank the ensemble's predictions of some rows.

        Args:
            probabilities: float32 (n, n_classes), soft labels of the images that are not known.
            known: bool (n,); types with fewer known images than folds are not fitted.
            rows: bool (n,), the images to re-rank.
        """
        types, ensemble = char_types(self.classes), self.ensemble.probabilities
        labels = np.concatenate([self.labels, np.zeros(len(known) - len(self.labels), np.int32)])
        counts = np.bincount(types.of_class[labels[known]], minlength=len(CHAR_TYPES))
        present = np.flatnonzero(counts >= self.params.folds)
        fitted = known & np.isin(types.of_class[labels], present)
        voted = fitted & self.ensemble.voted
        if len(present) < 2 or not voted.any() or not rows.any():
            return ensemble[rows]
        features = build_features(self.crops, soft_labels(probabilities, labels, known), known, ensemble, types)
        x, y = features[fitted], types.of_class[labels[fitted]]
        type_probabilities = cross_val_predict(_make_model(0), x, y, cv=self.params.folds, method="predict_proba")
        odds = _log_odds(type_probabilities[voted[fitted]], present, counts)[:, types.of_class]
        strength = _fit_strength(ensemble[voted], odds, labels[voted])
        models = [_make_model(seed).fit(x, y) for seed in range(N_MODELS)]
        type_probabilities = np.mean([model.predict_proba(features[rows]) for model in models], axis=0)
        return _shift_probabilities(
            ensemble[rows], _log_odds(type_probabilities, present, counts)[:, types.of_class], strength
        )


def _make_model(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(**BOOSTING, random_state=seed)


def _log_odds(type_probabilities: np.ndarray, present: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return log-probabilities of the character types minus their log-frequencies, (n, n_types); 0 where absent."""
    odds = np.zeros((len(type_probabilities), len(counts)))
    odds[:, present] = np.log(np.maximum(type_probabilities, EPS)) - np.log(counts[present] / counts[present].sum())
    return odds


def _shift_probabilities(probabilities: np.ndarray, odds: np.ndarray, strength: float) -> np.ndarray:
    """Shift probabilities by strength times log-odds, both (n, n_classes); rows sum to 1."""
    shifted = probabilities * np.exp(strength * odds)
    return shifted / shifted.sum(axis=1, keepdims=True)


def _fit_strength(probabilities: np.ndarray, odds: np.ndarray, labels: np.ndarray) -> float:
    """Return the strength, from 0 to 2, that minimises the cross-entropy of the labels, int32 (n,)."""
    true_class = np.arange(len(labels)), labels

    def cross_entropy(strength: float) -> float:
        shifted = _shift_probabilities(probabilities, odds, strength)[true_class]
        return float(-np.log(np.maximum(shifted, EPS)).mean())

    return minimize_scalar(cross_entropy, bounds=(0, MAX_STRENGTH), method="bounded").x

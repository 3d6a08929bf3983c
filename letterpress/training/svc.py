"""Fit support vector machines on a network's features."""

from collections.abc import Callable

import joblib
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from letterpress.configuration.training import SvcConfig
from letterpress.inference.predictor import softmax
from letterpress.inference.svc_head import Head
from letterpress.infrastructure.errors import UserError
from letterpress.storage.class_groups import group_classes

KERNEL_CACHE = 1000  # MB

Found = Callable[[str, dict, float], None]


def fit(
    features: np.ndarray, labels: np.ndarray, classes: list[str], params: SvcConfig, seed: int, found: Found
) -> dict[str, Head]:
    """A head for every group of two classes or more, or one for all classes, by the group's name.

    features: float32 (n, d); labels: int32 (n,) indices of `classes`. `found`
    is told each group's name, its best C and gamma, and their accuracy in
    cross-validation.
    """
    heads = {}
    for name, present in _to_tell_apart(labels, classes, params).items():
        chosen = np.isin(labels, present)
        heads[name], best, accuracy = _fit_one(features[chosen], labels[chosen], params, seed)
        found(name, best, accuracy)
    return heads


def check(labels: np.ndarray, classes: list[str], params: SvcConfig) -> None:
    """Refuse labels that a head could not be fitted on: each of its classes needs an image for every fold.

    To be called before the network's training, which may take hours.
    """
    for present in _to_tell_apart(labels, classes, params).values():
        counts = np.array([np.sum(labels == label) for label in present])
        if counts.min() < params.folds:
            rarest = classes[present[counts.argmin()]]
            raise UserError(
                f"params.yaml: train.head.folds is {params.folds}, but the class {rarest} has {counts.min()} images "
                "to learn from; lower it, add images, or leave the class out by dataset.classes."
            )


def _to_tell_apart(labels: np.ndarray, classes: list[str], params: SvcConfig) -> dict[str, np.ndarray]:
    """The classes of each group that have images, where they are two or more."""
    groups = group_classes(classes) if params.by_group else {"": np.arange(len(classes), dtype=np.int32)}
    present = {name: members[np.isin(members, labels)] for name, members in groups.items()}
    return {name: members for name, members in present.items() if len(members) > 1}


def _fit_one(features: np.ndarray, labels: np.ndarray, params: SvcConfig, seed: int) -> tuple[Head, dict, float]:
    """Search the grid, then fit on all; the decisions' scale is that of the smallest cross-entropy out of fold."""
    folds = StratifiedKFold(params.folds, shuffle=True, random_state=seed)
    grid = {"C": list(params.c), "gamma": list(params.gamma)}
    with joblib.parallel_config("threading", n_jobs=-1):  # libsvm lets go of the interpreter's lock
        search = GridSearchCV(SVC(cache_size=KERNEL_CACHE), grid, cv=folds).fit(features, labels)
        machine = search.best_estimator_
        unseen = cross_val_predict(machine, features, labels, cv=folds, method="decision_function")
    sign = -1 if len(machine.classes_) == 2 else 1  # scikit-learn turns the signs of a single pair
    unseen = np.stack([-unseen, unseen], axis=1) if unseen.ndim == 1 else unseen
    head = Head(
        classes=machine.classes_.astype(np.int32),
        support=machine.support_vectors_.astype(np.float32),
        counts=machine.n_support_.astype(np.int32),
        coefficients=sign * machine.dual_coef_,
        intercepts=sign * machine.intercept_,
        gamma=np.float64(machine.gamma),
        scale=np.float64(_scale(unseen, np.searchsorted(machine.classes_, labels))),
    )
    return head, search.best_params_, float(search.best_score_)


def _scale(decisions: np.ndarray, columns: np.ndarray) -> float:
    """The factor that makes the softmax of decisions, (n, k), the best calibrated for the true columns, int (n,)."""

    def cross_entropy(logarithm: float) -> float:
        true_class_probability = softmax(np.exp(logarithm) * decisions)[np.arange(len(columns)), columns]
        return -np.log(np.maximum(true_class_probability, 1e-7)).mean()

    return float(np.exp(minimize_scalar(cross_entropy, bounds=(-5, 5), method="bounded").x))

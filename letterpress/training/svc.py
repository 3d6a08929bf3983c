"""Fit SVC heads on a network's features."""

from collections.abc import Iterator
from dataclasses import dataclass

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

KERNEL_CACHE_MB = 1000
EPS = 1e-7  # the smallest probability in a cross-entropy


@dataclass(frozen=True)
class FittedHead:
    """A group's head with its best C and gamma and their cross-validated accuracy."""

    group: str
    head: Head
    best_params: dict[str, float]
    accuracy: float


def fit_heads(
    features: np.ndarray, labels: np.ndarray, classes: list[str], params: SvcConfig, seed: int
) -> Iterator[FittedHead]:
    """Fit a head for every group of two classes or more, or one for all classes, the group ''.

    Args:
        features: float32 (n, d).
        labels: int32 (n,), indices of `classes`.
        classes: the classes' names.
        params: the grid, and whether each group has a head.
        seed: of the folds.
    """
    for group, members in _classes_by_head(labels, classes, params).items():
        selected = np.isin(labels, members)
        yield FittedHead(group, *_fit_head(features[selected], labels[selected], params, seed))


def check_folds(labels: np.ndarray, classes: list[str], params: SvcConfig) -> None:
    """Raise UserError where a class of a head has fewer images than there are folds.

    Call it before the network's training, which may take hours.
    """
    for members in _classes_by_head(labels, classes, params).values():
        counts = np.array([np.sum(labels == label) for label in members])
        if counts.min() < params.folds:
            rarest = classes[members[counts.argmin()]]
            raise UserError(
                f"params.yaml: train.head.folds is {params.folds}, but the class {rarest} has {counts.min()} images "
                "to train on; lower it, add images, or exclude the class by dataset.classes."
            )


def _classes_by_head(labels: np.ndarray, classes: list[str], params: SvcConfig) -> dict[str, np.ndarray]:
    """Return each group's classes that have images, where they are two or more."""
    groups = group_classes(classes) if params.by_group else {"": np.arange(len(classes), dtype=np.int32)}
    present = {name: members[np.isin(members, labels)] for name, members in groups.items()}
    return {name: members for name, members in present.items() if len(members) > 1}


def _fit_head(features: np.ndarray, labels: np.ndarray, params: SvcConfig, seed: int) -> tuple[Head, dict, float]:
    """Search the grid, then fit on all images; the scale minimizes the out-of-fold cross-entropy."""
    folds = StratifiedKFold(params.folds, shuffle=True, random_state=seed)
    grid = {"C": list(params.c), "gamma": list(params.gamma)}
    with joblib.parallel_config("threading", n_jobs=-1):  # libsvm releases the interpreter's lock
        search = GridSearchCV(SVC(cache_size=KERNEL_CACHE_MB), grid, cv=folds).fit(features, labels)
        svc = search.best_estimator_
        decisions = cross_val_predict(svc, features, labels, cv=folds, method="decision_function")
    sign = -1 if len(svc.classes_) == 2 else 1  # scikit-learn flips the signs of a single pair
    decisions = np.stack([-decisions, decisions], axis=1) if decisions.ndim == 1 else decisions
    head = Head(
        classes=svc.classes_.astype(np.int32),
        support=svc.support_vectors_.astype(np.float32),
        counts=svc.n_support_.astype(np.int32),
        coefficients=sign * svc.dual_coef_,
        intercepts=sign * svc.intercept_,
        gamma=np.float64(svc.gamma),
        scale=np.float64(_fit_scale(decisions, np.searchsorted(svc.classes_, labels))),
    )
    return head, search.best_params_, float(search.best_score_)


def _fit_scale(decisions: np.ndarray, columns: np.ndarray) -> float:
    """Return the factor that best calibrates the softmax of decisions, (n, k), to the true columns, int (n,)."""

    def cross_entropy(log_scale: float) -> float:
        true_class_probability = softmax(np.exp(log_scale) * decisions)[np.arange(len(columns)), columns]
        return -np.log(np.maximum(true_class_probability, EPS)).mean()

    return float(np.exp(minimize_scalar(cross_entropy, bounds=(-5, 5), method="bounded").x))

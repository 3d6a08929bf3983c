"""Support vector machines in place of a network's last layer.

A head is an RBF support vector machine for the classes of one group. It reads
the features that the network hands to its last layer; the network says how
probable the group is, and the head how probable each class is within it.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import joblib
import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.svm import SVC

from letterpress.dataset.groups import group_classes
from letterpress.errors import UserError
from letterpress.members.inference import softmax
from letterpress.params.train import Svc

KERNEL_CACHE = 1000  # MB


@dataclass(frozen=True)
class Head:
    """What is left of a fitted machine for k classes and s support vectors of d features.

    classes: int32 (k,), indices of the classes. support: float32 (s, d), class
    by class. counts: int32 (k,), support vectors by class. coefficients:
    float64 (k - 1, s), intercepts: float64 (k (k - 1) / 2,), in the order of
    libsvm. gamma: of the kernel. scale: of the decisions before their softmax.
    """

    classes: np.ndarray
    support: np.ndarray
    counts: np.ndarray
    coefficients: np.ndarray
    intercepts: np.ndarray
    gamma: np.ndarray
    scale: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Features, float32 (n, d), to the probabilities of `classes`, float32 (n, k)."""
        return softmax(self.scale * self.decisions(features))

    def decisions(self, features: np.ndarray) -> np.ndarray:
        """Votes of all pairs of classes, ties broken by how sure they are, float64 (n, k), as scikit-learn's."""
        kernel = self._kernel(features.astype(np.float64), self.support.astype(np.float64))
        ends = np.cumsum(self.counts)
        of_class = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        parts = [kernel[:, own] @ self.coefficients[:, own].T for own in of_class]
        votes, sureness = (np.zeros((len(features), len(self.classes))) for _ in range(2))
        pairs = [(i, j) for i in range(len(self.classes)) for j in range(i + 1, len(self.classes))]
        for (i, j), intercept in zip(pairs, self.intercepts, strict=True):
            decision = parts[i][:, j - 1] + parts[j][:, i] + intercept
            votes[:, i] += decision >= 0
            votes[:, j] += decision < 0
            sureness[:, i] += decision
            sureness[:, j] -= decision
        if len(pairs) == 1:
            return sureness
        return votes + sureness / (3 * (np.abs(sureness) + 1))

    def _kernel(self, features: np.ndarray, support: np.ndarray) -> np.ndarray:
        squares = np.square(features).sum(1)[:, None] + np.square(support).sum(1) - 2 * features @ support.T
        return np.exp(-self.gamma * np.maximum(squares, 0))


Found = Callable[[str, dict, float], None]


def fit(
    features: np.ndarray, labels: np.ndarray, classes: list[str], params: Svc, seed: int, found: Found
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


def check(labels: np.ndarray, classes: list[str], params: Svc) -> None:
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


def _to_tell_apart(labels: np.ndarray, classes: list[str], params: Svc) -> dict[str, np.ndarray]:
    """The classes of each group that have images, where they are two or more."""
    groups = group_classes(classes) if params.by_group else {"": np.arange(len(classes), dtype=np.int32)}
    present = {name: members[np.isin(members, labels)] for name, members in groups.items()}
    return {name: members for name, members in present.items() if len(members) > 1}


def _fit_one(features: np.ndarray, labels: np.ndarray, params: Svc, seed: int) -> tuple[Head, dict, float]:
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
        of_truth = softmax(np.exp(logarithm) * decisions)[np.arange(len(columns)), columns]
        return -np.log(np.maximum(of_truth, 1e-7)).mean()

    return float(np.exp(minimize_scalar(cross_entropy, bounds=(-5, 5), method="bounded").x))


def refine(probabilities: np.ndarray, features: np.ndarray, heads: dict[str, Head]) -> np.ndarray:
    """Share out each group's probability, of float32 (n, classes), as its head says."""
    refined = probabilities.copy()
    for head in heads.values():
        of_group = probabilities[:, head.classes].sum(axis=1, keepdims=True)
        refined[:, head.classes] = of_group * head.probabilities(features)
    return refined


def to_arrays(heads: dict[str, Head]) -> dict[str, np.ndarray]:
    """All heads as named arrays."""
    return {f"{name}:{field}": array for name, head in heads.items() for field, array in asdict(head).items()}


def from_arrays(arrays: dict[str, np.ndarray]) -> dict[str, Head]:
    """The inverse of to_arrays."""
    fields: dict[str, dict] = {}
    for key, array in arrays.items():
        name, _, field = key.rpartition(":")
        fields.setdefault(name, {})[field] = array
    return {name: Head(**values) for name, values in fields.items()}

"""Support vector machines instead of a network's last layer.

A head is an RBF support vector machine for the classes of one group. It reads
the features that the network hands to its last layer; the network says how
probable the group is, and the head how probable each class is within it.
"""

from dataclasses import asdict, dataclass

import numpy as np

from letterpress.inference.predictor import softmax


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

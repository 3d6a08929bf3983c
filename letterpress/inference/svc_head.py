"""Support vector machines instead of a network's last layer.

A head is an RBF support vector machine for the classes of one group. It reads
the network's features, the input of its last layer. The network gives the
probability of the group, the head that of each class within it.
"""

from dataclasses import asdict, dataclass

import numpy as np

from letterpress.inference.predictor import softmax


@dataclass(frozen=True)
class Head:
    """The arrays of a fitted machine for k classes, with s support vectors of d features.

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

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of `classes`, float32 (n, k), for features, float32 (n, d)."""
        return softmax(self.scale * self.decision_function(features))

    def decision_function(self, features: np.ndarray) -> np.ndarray:
        """Return scikit-learn's one-vs-rest decisions, float64 (n, k): pairwise votes, ties broken by confidence."""
        kernel = self._kernel(features.astype(np.float64), self.support.astype(np.float64))
        ends = np.cumsum(self.counts)
        columns = [slice(end - count, end) for end, count in zip(ends, self.counts, strict=True)]
        products = [kernel[:, own] @ self.coefficients[:, own].T for own in columns]
        votes, confidences = (np.zeros((len(features), len(self.classes))) for _ in range(2))
        pairs = [(i, j) for i in range(len(self.classes)) for j in range(i + 1, len(self.classes))]
        for (i, j), intercept in zip(pairs, self.intercepts, strict=True):
            decision = products[i][:, j - 1] + products[j][:, i] + intercept
            votes[:, i] += decision >= 0
            votes[:, j] += decision < 0
            confidences[:, i] += decision
            confidences[:, j] -= decision
        if len(pairs) == 1:
            return confidences
        return votes + confidences / (3 * (np.abs(confidences) + 1))

    def _kernel(self, features: np.ndarray, support: np.ndarray) -> np.ndarray:
        squares = np.square(features).sum(1)[:, None] + np.square(support).sum(1) - 2 * features @ support.T
        return np.exp(-self.gamma * np.maximum(squares, 0))


def apply_heads(probabilities: np.ndarray, features: np.ndarray, heads: dict[str, Head]) -> np.ndarray:
    """Distribute each group's probability, of float32 (n, classes), over its classes as its head does."""
    result = probabilities.copy()
    for head in heads.values():
        group = probabilities[:, head.classes].sum(axis=1, keepdims=True)
        result[:, head.classes] = group * head.predict_proba(features)
    return result


def heads_to_arrays(heads: dict[str, Head]) -> dict[str, np.ndarray]:
    """Return all heads as named arrays."""
    return {f"{name}:{field}": array for name, head in heads.items() for field, array in asdict(head).items()}


def heads_from_arrays(arrays: dict[str, np.ndarray]) -> dict[str, Head]:
    """Invert heads_to_arrays."""
    fields: dict[str, dict] = {}
    for key, array in arrays.items():
        name, _, field = key.rpartition(":")
        fields.setdefault(name, {})[field] = array
    return {name: Head(**values) for name, values in fields.items()}

"""SVC heads in TensorFlow's operations, as letterpress.inference.svc_head computes them in NumPy."""

import numpy as np
import tensorflow as tf

from letterpress.inference.svc_head import Head


def apply_heads(probabilities, features, heads: dict[str, Head]):
    """Distribute each group's probability, of float32 (n, n_classes), over its classes as its head does."""
    columns = tf.unstack(probabilities, axis=1)
    for head in heads.values():
        group = tf.add_n([columns[i] for i in head.classes])
        within = tf.unstack(_predict_proba(head, features), axis=1)
        for i, share in zip(head.classes, within, strict=True):
            columns[i] = group * share
    return tf.stack(columns, axis=1)


def _predict_proba(head: Head, features):
    """Return the probabilities of the head's classes, float32 (n, k), for features, float32 (n, d)."""
    return tf.cast(tf.nn.softmax(float(head.scale) * _decision_function(head, features)), tf.float32)


def _decision_function(head: Head, features):
    """Return one-vs-rest decisions, float64 (n, k): pairwise votes, ties broken by confidence."""
    first, second = np.triu_indices(len(head.classes), k=1)  # the pairs, in the order of libsvm
    products = _products(head, features)
    of_first, of_second = (tf.gather(products, places, axis=1) for places in _places(len(head.classes)))
    decisions = of_first + of_second + head.intercepts
    # Columns of +1 and -1 by which a pair's decision counts for its first class and against its second.
    is_first, is_second = (np.eye(len(head.classes))[which] for which in (first, second))
    confidences = tf.matmul(decisions, tf.constant(is_first - is_second))
    if len(first) == 1:
        return confidences
    wins = tf.cast(decisions >= 0, tf.float64)
    votes = tf.matmul(wins, tf.constant(is_first)) + tf.matmul(1 - wins, tf.constant(is_second))
    return votes + confidences / (3 * (tf.abs(confidences) + 1))


def _products(head: Head, features):
    """Return the kernel times the coefficients of each class's own support vectors, float64 (n, k * (k - 1))."""
    kernel = _kernel(head, tf.cast(features, tf.float64))
    own = tf.split(kernel, head.counts.tolist(), axis=1)
    coefficients = np.split(head.coefficients, np.cumsum(head.counts)[:-1], axis=1)
    return tf.concat([tf.matmul(x, tf.constant(y.T)) for x, y in zip(own, coefficients, strict=True)], axis=1)


def _places(n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where _products has, for each pair, the first class's product with the second, and the reverse."""
    first, second = np.triu_indices(n_classes, k=1)
    return first * (n_classes - 1) + second - 1, second * (n_classes - 1) + first


def _kernel(head: Head, features):
    support = head.support.astype(np.float64)
    products = tf.matmul(features, tf.constant(support.T))
    squares = tf.reduce_sum(features**2, axis=1, keepdims=True) + np.square(support).sum(1) - 2 * products
    return tf.exp(-float(head.gamma) * tf.maximum(squares, 0))

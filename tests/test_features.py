"""Features of the neighbours, without an image's own label."""

from dataclasses import replace

import numpy as np

from letterpress.context.char_types import char_types
from letterpress.context.features import build_features, make_crops, soft_labels

CLASSES = ["7", "A", "B", "a", "b"]
TYPES = char_types(CLASSES)
rng = np.random.default_rng(0)
N = 30
LABELS = rng.integers(0, 5, N).astype(np.int32)
PROBABILITIES = rng.dirichlet(np.ones(5), N)
CROPS = make_crops(rng.random((N, 3)).astype(np.float32), rng.integers(10, 40, (N, 2)), 8)
ALL, NONE = np.ones(N, bool), np.zeros(N, bool)


def features(known: np.ndarray, labels: np.ndarray = LABELS, crops=CROPS) -> np.ndarray:
    return build_features(crops, soft_labels(PROBABILITIES, labels, known), known, PROBABILITIES, TYPES)


def test_soft_labels_are_known_labels_or_predictions_or_uniform():
    probabilities = np.array([[0, 0, 0, 0, 1], [0, 0.5, 0, 0.5, 0], [0, 0, 0, 0, 0]])
    soft = soft_labels(probabilities, np.array([1, 0, 0]), np.array([True, False, False]))
    np.testing.assert_array_equal(soft, [[0, 1, 0, 0, 0], [0, 0.5, 0, 0.5, 0], [0.2] * 5])


def test_an_images_own_label_is_no_feature_of_it():
    """But for the classes' heights, which are estimated from all known images: here all heights are equal."""
    flat = replace(CROPS, heights=np.zeros(N), widths=np.zeros(N))
    other = LABELS.copy()
    other[3] = (other[3] + 1) % 5
    np.testing.assert_array_equal(features(ALL, LABELS, flat)[3], features(ALL, other, flat)[3])


def test_known_labels_of_neighbors_matter_and_hidden_ones_do_not():
    assert not np.array_equal(features(ALL), features(NONE))
    hidden = np.arange(N) % 3 == 0
    other = np.where(hidden, (LABELS + 1) % 5, LABELS).astype(np.int32)
    np.testing.assert_array_equal(features(~hidden), features(~hidden, other))


def test_equal_images_share_the_types_of_all_others():
    crops = make_crops(np.zeros((4, 2), np.float32), np.ones((4, 2)), 3)
    soft = np.eye(5)[[0, 1, 1, 3]]
    rows = build_features(crops, soft, ALL[:4], PROBABILITIES[:4], TYPES)
    np.testing.assert_allclose(rows[0, :4], [0, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(rows[3, :4], [1 / 3, 2 / 3, 0, 0])
    np.testing.assert_allclose(rows[:, 4], np.log(3))


def test_features_are_finite():
    assert np.isfinite(features(ALL)).all()
    assert len(features(ALL)) == N

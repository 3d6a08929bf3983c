"""What siblings say is counted right, and nobody testifies for himself."""

import numpy as np

from letterpress.context.char_types import kinds_of
from letterpress.context.features import Pictures, beliefs, gather
from letterpress.context.neighbors import find, place

CLASSES = ["7", "A", "B", "a", "b"]
KINDS = kinds_of(CLASSES)
rng = np.random.default_rng(0)
COUNT = 30
LABELS = rng.integers(0, 5, COUNT).astype(np.int32)
PREDICTIONS = rng.dirichlet(np.ones(5), COUNT)
HEIGHTS = rng.uniform(10, 40, COUNT)
SIBLINGS = find(place(rng.random((COUNT, 3)).astype(np.float32), HEIGHTS), 8)
PICTURES = Pictures(SIBLINGS, np.log(HEIGHTS), np.log(rng.uniform(10, 40, COUNT)))
ALL, NONE = np.ones(COUNT, bool), np.zeros(COUNT, bool)


def evidence(known: np.ndarray, labels: np.ndarray = LABELS) -> np.ndarray:
    return gather(PICTURES, beliefs(PREDICTIONS, labels, known), known, PREDICTIONS, KINDS)


def test_a_known_label_is_believed_and_else_the_prediction():
    known = np.arange(COUNT) < 2
    believed = beliefs(PREDICTIONS, LABELS, known)
    np.testing.assert_array_equal(believed[:2], np.eye(5)[LABELS[:2]])
    np.testing.assert_array_equal(believed[2:], PREDICTIONS[2:])


def test_without_an_answer_every_class_is_as_likely():
    answers = np.array([[0, 0, 0, 0, 0], [0, 0.5, 0, 0.5, 0]])
    np.testing.assert_array_equal(beliefs(answers, LABELS[:2], NONE[:2]), [[0.2] * 5, answers[1]])


def test_a_pictures_own_label_is_no_part_of_its_evidence():
    """But for the classes' heights, which all known pictures make together: here every height is equal."""
    flat = Pictures(SIBLINGS, np.zeros(COUNT), np.zeros(COUNT))
    other = LABELS.copy()
    other[3] = (other[3] + 1) % 5
    rows = [gather(flat, beliefs(PREDICTIONS, labels, ALL), ALL, PREDICTIONS, KINDS)[3] for labels in (LABELS, other)]
    np.testing.assert_array_equal(*rows)


def test_siblings_labels_count():
    assert not np.array_equal(evidence(ALL), evidence(NONE))


def test_hidden_labels_do_not_count_at_all():
    hidden = np.arange(COUNT) % 3 == 0
    other = np.where(hidden, (LABELS + 1) % 5, LABELS).astype(np.int32)
    np.testing.assert_array_equal(evidence(~hidden), evidence(~hidden, other))


def test_equal_pictures_share_the_kinds_of_all_others():
    same = find(np.zeros((4, 2)), 3)
    pictures = Pictures(same, np.zeros(4), np.zeros(4))
    labels = np.array([0, 1, 1, 3], np.int32)
    rows = gather(pictures, beliefs(PREDICTIONS[:4], labels, ALL[:4]), ALL[:4], PREDICTIONS[:4], KINDS)
    np.testing.assert_allclose(rows[0, :4], [0, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(rows[3, :4], [1 / 3, 2 / 3, 0, 0])
    np.testing.assert_allclose(rows[:, 4], np.log(3))


def test_evidence_is_finite_where_no_kind_is_near():
    assert np.isfinite(evidence(ALL)).all()
    assert evidence(ALL).shape[0] == COUNT

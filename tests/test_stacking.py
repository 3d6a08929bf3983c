"""Stacking learns from unseen images what the members get wrong, and judges none by its own label."""

import numpy as np
import pytest

from letterpress.configuration.ensemble import EnsembleConfig, MemberConfig
from letterpress.ensembling.averaging import join
from letterpress.ensembling.stacking import stack
from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions

LABELS = np.tile(np.arange(3, dtype=np.int32), 20)


def sure_of(columns: np.ndarray) -> np.ndarray:
    """Probabilities of 0.8 for the given class, float32 (n, 3)."""
    return np.where(np.arange(3) == columns[:, None], 0.8, 0.1).astype(np.float32)


def judged(oof: np.ndarray, judges: np.ndarray | None = None) -> EnsemblePredictions:
    judges = np.ones(len(oof), np.int32) if judges is None else judges
    return EnsemblePredictions(oof, judges, holdout=sure_of(np.array([1, 2])), test=sure_of(np.array([0])))


def test_a_mistake_that_is_always_the_same_is_mended():
    stacked = stack(judged(sure_of((LABELS + 1) % 3)), LABELS)
    np.testing.assert_array_equal(stacked.oof.argmax(axis=1), LABELS)
    assert stacked.holdout.argmax(axis=1).tolist() == [0, 1]
    assert stacked.test.argmax(axis=1).tolist() == [2]


def test_an_images_own_label_tells_nothing_of_itself():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300).astype(np.int32)
    oof = rng.dirichlet(np.ones(3), 300).astype(np.float32)
    assert np.mean(stack(judged(oof), labels).oof.argmax(axis=1) == labels) < 0.45


def test_rows_without_a_judge_stay_zero_and_are_not_learned_from():
    judges = np.ones(60, np.int32)
    judges[:6] = 0
    oof = sure_of(LABELS)
    oof[:6] = 0
    misled = LABELS.copy()
    misled[:6] = 0
    stacked = stack(judged(oof, judges), LABELS)
    np.testing.assert_array_equal(stacked.oof[:6], 0)
    np.testing.assert_array_equal(stacked.oof, stack(judged(oof, judges), misled).oof)


def test_rows_are_probabilities_and_equal_at_every_call():
    first, second = (stack(judged(sure_of(LABELS)), LABELS) for _ in range(2))
    np.testing.assert_allclose(first.oof.sum(axis=1), 1, rtol=1e-6)
    assert first.oof.dtype == np.float32
    np.testing.assert_array_equal(first.oof, second.oof)


def test_a_class_that_nobody_was_validated_on_has_no_probability():
    labels = LABELS % 2
    stacked = stack(judged(sure_of(labels)), labels)
    np.testing.assert_array_equal(stacked.test[:, 2], 0)


def test_parts_without_images_stay_empty():
    empty = np.empty((0, 3), np.float32)
    stacked = stack(EnsemblePredictions(sure_of(LABELS), np.ones(60, np.int32), empty, empty), LABELS)
    assert stacked.holdout.shape == stacked.test.shape == (0, 3)


@pytest.mark.parametrize(
    "rows", [np.arange(0), np.arange(12), np.arange(0, 60, 3)], ids=["none", "four of each class", "one class"]
)
def test_too_few_validation_images_are_refused(rows):
    judges = np.isin(np.arange(60), rows).astype(np.int32)
    oof = sure_of(LABELS) * judges[:, None].astype(np.float32)
    text = r"stacking needs 5 validation images in each of two classes; raise split\.validation, or choose mean"
    with pytest.raises(UserError, match=text):
        stack(judged(oof, judges), LABELS)


def test_five_images_of_two_classes_are_enough():
    rows = np.r_[np.arange(0, 15, 3), np.arange(1, 15, 3), 2]
    judges = np.isin(np.arange(60), rows).astype(np.int32)
    stacked = stack(judged(sure_of(LABELS) * judges[:, None].astype(np.float32), judges), LABELS)
    np.testing.assert_array_equal(stacked.oof.any(axis=1), judges > 0)


def test_the_method_stacking_joins_members_through_it():
    half = np.arange(30, dtype=np.int32)
    members = {
        key: MemberPredictions(
            indices, sure_of((LABELS[indices] + 1) % 3), sure_of(np.array([1])), sure_of(np.array([0]))
        )
        for key, indices in (("a", half), ("b", half + 30))
    }
    ensemble = EnsembleConfig("stacking", None, {key: MemberConfig("vgg_bn", 0, {}) for key in members})
    joined = join(members, ensemble, LABELS)
    np.testing.assert_array_equal(joined.oof.argmax(axis=1), LABELS)
    np.testing.assert_array_equal(joined.judges, 1)

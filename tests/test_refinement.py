"""Siblings correct what a picture's shape cannot tell, and no label informs its own judgement."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from letterpress.context.evidence import Pictures
from letterpress.context.kinds import kinds_of
from letterpress.context.refinement import Refinement
from letterpress.context.siblings import find, place
from letterpress.params.context import Context

CLASSES = ["O", "S", "o", "s"]
SIGNS, CROPS = 60, 10
PARAMS = Context(siblings=9, folds=4, photographs=SIGNS)


@pytest.fixture(scope="module")
def signs() -> Refinement:
    """Sixty signs of ten crops, each sign in one case; the ensemble knows the letter but never its case."""
    rng = np.random.default_rng(0)
    sign = np.repeat(np.arange(SIGNS), CROPS)
    labels = (2 * (sign % 2) + rng.integers(0, 2, len(sign))).astype(np.int32)
    colours = (rng.random((SIGNS, 6))[sign] + rng.normal(0, 0.001, (len(sign), 6))).astype(np.float32)
    predictions = np.where(labels[:, None] % 2 == np.arange(4) % 2, 0.5, 0.0).astype(np.float32)
    heights = np.log(rng.uniform(20, 21, len(sign)))
    siblings = find(place(colours, np.exp(heights)), PARAMS.siblings)
    labelled = rng.random(len(sign)) < 0.6
    judged = np.ones(len(sign), bool)
    pictures = Pictures(siblings, heights, heights)
    return Refinement(pictures, labels, labelled, predictions, judged, kinds_of(CLASSES), PARAMS)


def right(refinement: Refinement, refined: np.ndarray, rows: np.ndarray) -> float:
    return float(np.mean(refined[rows].argmax(axis=1) == refinement.labels[rows]))


def test_case_is_learned_from_the_labelled_siblings(signs):
    assert right(signs, signs.unlabelled(), ~signs.labelled) > 0.98
    assert right(signs, signs.out_of_fold(), signs.labelled) > 0.98


def test_refined_rows_are_probabilities_of_the_same_letters(signs):
    refined = signs.unlabelled()
    np.testing.assert_allclose(refined.sum(axis=1), 1, rtol=1e-5)
    letter = refined.reshape(-1, 2, 2).sum(axis=1)
    np.testing.assert_allclose(letter, signs.predictions.reshape(-1, 2, 2).sum(axis=1), atol=1e-5)


def test_a_folds_own_labels_do_not_matter_to_it(signs):
    sign = np.repeat(np.arange(SIGNS), CROPS)
    rows = np.flatnonzero(signs.labelled)
    _, hidden = next(GroupKFold(PARAMS.folds).split(rows, groups=sign[rows]))
    labels = signs.labels.copy()
    labels[rows[hidden]] = (labels[rows[hidden]] + 2) % 4  # the other case
    before, after = signs.out_of_fold(sign), replace(signs, labels=labels).out_of_fold(sign)
    np.testing.assert_array_equal(before[rows[hidden]], after[rows[hidden]])
    others = np.setdiff1d(rows, rows[hidden])
    assert not np.array_equal(before[others], after[others])


def test_without_siblings_labels_the_case_stays_open(signs):
    """Whole signs are hidden: nothing in them tells their case, and the refinement may not know it either."""
    assert right(signs, signs.out_of_fold(np.repeat(np.arange(SIGNS), CROPS)), signs.labelled) < 0.75


def test_pictures_that_nobody_judged_are_not_refined_out_of_fold(signs):
    """The others are, all the same."""
    judged = np.arange(len(signs.labels)) % 2 == 0
    partly = replace(signs, judged=judged)
    refined = partly.out_of_fold()
    np.testing.assert_array_equal(refined[~judged], signs.predictions[~judged])
    assert right(signs, refined, signs.labelled & judged) > 0.98


def test_pictures_that_nobody_judged_teach_the_kinds(signs):
    """Of forty judged ones alone nothing could be learned; their own predictions are not looked at."""
    judged = ~signs.labelled | (np.cumsum(signs.labelled) <= 40)
    few = replace(signs, judged=judged)
    refined = few.unlabelled()
    assert right(signs, refined, ~signs.labelled) > 0.98
    nonsense = np.where(judged[:, None], signs.predictions, 1).astype(np.float32)
    np.testing.assert_array_equal(replace(few, predictions=nonsense).unlabelled()[judged], refined[judged])


def test_where_no_labelled_picture_was_judged_nothing_is_refined(signs):
    """There is nothing to tell how far the siblings are to be trusted."""
    unjudged = replace(signs, judged=~signs.labelled)
    np.testing.assert_array_equal(unjudged.unlabelled(), signs.predictions)


def test_one_kind_alone_leaves_the_predictions(signs):
    upper = replace(signs, labels=signs.labels % 2)
    np.testing.assert_array_equal(upper.unlabelled(), signs.predictions)


def test_the_same_bytes_at_every_call(signs):
    np.testing.assert_array_equal(signs.unlabelled(), signs.unlabelled())

"""Siblings correct what a picture's shape cannot tell, and no label informs its own judgement."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.configuration.ensemble import ContextConfig
from letterpress.context.char_types import kinds_of
from letterpress.context.features import Pictures
from letterpress.context.neighbors import find, place
from letterpress.context.reranker import Reranker

CLASSES = ["O", "S", "o", "s"]
SIGNS, CROPS, MEMBERS = 60, 10, 4
SIGN = np.repeat(np.arange(SIGNS), CROPS)
FOLD = (SIGN + np.arange(len(SIGN)) % 2) % MEMBERS  # the member that did not learn from a labelled picture
PARAMS = ContextConfig(n_neighbors=9, folds=4, n_photos=SIGNS)


@pytest.fixture(scope="module")
def signs() -> Reranker:
    """Sixty signs of ten crops, each sign in one case; the members know the letter but never its case."""
    rng = np.random.default_rng(0)
    labels = (2 * (SIGN % 2) + rng.integers(0, 2, len(SIGN))).astype(np.int32)
    colours = (rng.random((SIGNS, 6))[SIGN] + rng.normal(0, 0.001, (len(SIGN), 6))).astype(np.float32)
    predictions = np.where(labels[:, None] % 2 == np.arange(4) % 2, 0.5, 0.0).astype(np.float32)
    heights = np.log(rng.uniform(20, 21, len(SIGN)))
    siblings = find(place(colours, np.exp(heights)), PARAMS.siblings)
    labelled = rng.random(len(SIGN)) < 0.6
    unseen = ~labelled | (np.arange(MEMBERS)[:, None] == FOLD)
    members = np.where(unseen[:, :, None], predictions, 0)
    pictures = Pictures(siblings, heights, heights)
    return Reranker(pictures, labels, labelled, members, predictions, kinds_of(CLASSES), PARAMS)


def right(refinement: Reranker, refined: np.ndarray, rows: np.ndarray) -> float:
    return float(np.mean(refined.argmax(axis=1) == refinement.labels[rows]))


def judged_only(refinement: Reranker, judged: np.ndarray) -> Reranker:
    """As if all members had learned from the other pictures."""
    members, ensemble = refinement.members * judged[:, None], refinement.ensemble * judged[:, None]
    return replace(refinement, members=members, ensemble=ensemble)


def otherwise(answers: np.ndarray) -> np.ndarray:
    """Other answers on the same pictures."""
    return answers * np.random.default_rng(1).uniform(0.1, 1, answers.shape[-2:]).astype(np.float32)


def test_case_is_learned_from_the_labelled_siblings(signs):
    assert right(signs, signs.unlabelled(), ~signs.labelled) > 0.98
    assert right(signs, signs.out_of_fold()[signs.labelled], signs.labelled) > 0.98


def test_refined_rows_are_probabilities_of_the_same_letters(signs):
    refined, before = signs.unlabelled(), signs.ensemble[~signs.labelled]
    np.testing.assert_allclose(refined.sum(axis=1), 1, rtol=1e-5)
    letters = [array.reshape(-1, 2, 2).sum(axis=1) for array in (refined, before)]
    np.testing.assert_allclose(*letters, atol=1e-5)


def test_out_of_fold_only_labelled_pictures_have_an_answer(signs):
    np.testing.assert_allclose(signs.out_of_fold().sum(axis=1), signs.labelled, atol=1e-5)


@pytest.mark.parametrize("photographs", [None, SIGN], ids=["its fold", "whole photographs"])
def test_neither_a_label_nor_who_learned_from_it_matters_to_it(signs, photographs):
    """A fold's labels are changed, and what others say, but for the ensemble's answers on the pictures that teach."""
    fold = signs.labelled & (FOLD == 1)
    labels = np.where(fold, (signs.labels + 2) % 4, signs.labels).astype(np.int32)  # the other case
    members = otherwise(signs.members)
    members[1] = signs.members[1]
    ensemble = np.where(signs.labelled[:, None], signs.ensemble, otherwise(signs.ensemble))
    before = signs.out_of_fold(photographs)
    after = replace(signs, labels=labels, members=members, ensemble=ensemble).out_of_fold(photographs)
    np.testing.assert_array_equal(before[fold], after[fold])
    others = signs.labelled & ~fold
    assert not np.array_equal(before[others], after[others])


def test_what_a_member_did_not_learn_from_tells_it_the_case(signs):
    """Whole signs are hidden: what their crops without a label are, the picture's own judge is asked."""
    sure = np.eye(4, dtype=np.float32)[signs.labels]
    knowing = replace(signs, members=np.where(signs.members.any(axis=2, keepdims=True), sure, 0))
    assert right(signs, knowing.out_of_fold(SIGN)[signs.labelled], signs.labelled) > 0.98


def test_a_picture_of_several_folds_gets_their_mean(signs):
    """Two members judge the same pictures, and hold their siblings for different letters."""
    first, second = signs.members[0], otherwise(signs.members[0])
    one, two, both = (
        replace(signs, members=np.stack(members)).out_of_fold() for members in ([first], [second], [first, second])
    )
    assert not np.array_equal(one, two)
    np.testing.assert_allclose(both, (one + two) / 2, rtol=1e-5)


def test_where_every_picture_is_labelled_none_is_left(signs):
    assert replace(signs, labelled=np.ones(len(SIGN), bool)).unlabelled().shape == (0, 4)


def test_a_member_that_learned_from_all_pictures_changes_nothing(signs):
    idle = np.where(signs.labelled[:, None], 0, signs.ensemble)
    more = replace(signs, members=np.concatenate([signs.members, idle[None]]))
    np.testing.assert_array_equal(more.out_of_fold(), signs.out_of_fold())


def test_without_siblings_labels_the_case_stays_open(signs):
    """Whole signs are hidden: nothing in them tells their case, and the refinement may not know it either."""
    assert right(signs, signs.out_of_fold(SIGN)[signs.labelled], signs.labelled) < 0.75


def test_pictures_that_nobody_judged_have_no_answer_out_of_fold(signs):
    """The others are refined all the same."""
    judged = np.arange(len(SIGN)) % 8 < 5
    refined = judged_only(signs, judged).out_of_fold()
    np.testing.assert_array_equal(refined[~judged], 0)
    assert right(signs, refined[signs.labelled & judged], signs.labelled & judged) > 0.98


def test_pictures_that_nobody_judged_teach_the_kinds(signs):
    """Of forty judged ones alone nothing could be learned."""
    few = judged_only(signs, ~signs.labelled | (np.cumsum(signs.labelled) <= 40))
    assert right(signs, few.unlabelled(), ~signs.labelled) > 0.98


def test_where_no_labelled_picture_was_judged_nothing_is_refined(signs):
    """There is nothing to tell how far the siblings are to be trusted."""
    unjudged = judged_only(signs, ~signs.labelled)
    np.testing.assert_array_equal(unjudged.unlabelled(), signs.ensemble[~signs.labelled])
    np.testing.assert_array_equal(unjudged.out_of_fold(), 0)


def test_one_kind_alone_leaves_the_predictions(signs):
    upper = replace(signs, labels=signs.labels % 2)
    np.testing.assert_array_equal(upper.unlabelled(), signs.ensemble[~signs.labelled])


def test_a_kind_of_fewer_pictures_than_folds_is_not_taught(signs):
    """And the others are, all the same."""
    kinds = kinds_of([*CLASSES, "!"])
    members, ensemble = (
        np.concatenate([array, np.zeros_like(array[..., :1])], axis=-1) for array in (signs.members, signs.ensemble)
    )
    labels = signs.labels.copy()
    labels[np.flatnonzero(signs.labelled)[:3]] = 4
    rare = replace(signs, labels=labels, members=members, ensemble=ensemble, kinds=kinds)
    assert right(rare, rare.unlabelled(), ~signs.labelled) > 0.98


def test_the_same_bytes_at_every_call(signs):
    np.testing.assert_array_equal(signs.out_of_fold(), signs.out_of_fold())

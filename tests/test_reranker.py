"""Neighbours distinguish upper from lower case, and no label reaches its own prediction."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.configuration.ensemble import ContextConfig
from letterpress.context.features import make_crops
from letterpress.context.reranker import Reranker
from letterpress.storage.predictions import Predictions
from tests.predictions import make_predictions, one_hot

CLASSES = ["O", "S", "o", "s"]
N_SIGNS, N_CROPS, N_MEMBERS, N_LABELLED = 60, 10, 4, 500
SIGN = np.random.default_rng(1).permutation(np.repeat(np.arange(N_SIGNS), N_CROPS))
N = len(SIGN)
FOLD = (SIGN + np.arange(N) % 2) % N_MEMBERS  # the member that did not train on a labelled image
PARAMS = ContextConfig(n_neighbors=9, folds=4, n_photos=N_SIGNS)
rng = np.random.default_rng(0)
LABELS = (2 * (SIGN % 2) + rng.integers(0, 2, N)).astype(np.int32)  # of all images; each sign has one case


@pytest.fixture(scope="module")
def signs() -> Reranker:
    """Sixty signs of ten crops; the members predict the letter, and upper and lower case equally often."""
    colours = (rng.random((N_SIGNS, 6))[SIGN] + rng.normal(0, 0.001, (N, 6))).astype(np.float32)
    crops = make_crops(colours, rng.integers(200, 210, (N, 2)), PARAMS.n_neighbors)
    probabilities = np.where(LABELS[:, None] % 2 == np.arange(4) % 2, 0.5, 0.0)
    holdout = np.flatnonzero(rng.random(N_LABELLED) < 0.2).astype(np.int32)
    known = (np.arange(N) < N_LABELLED) & ~np.isin(np.arange(N), holdout)
    voted = ~known | (np.arange(N_MEMBERS)[:, None] == FOLD)
    members = {f"m{i}": make_predictions(probabilities * rows[:, None]) for i, rows in enumerate(voted)}
    ensemble = Predictions(probabilities.astype(np.float32), voted.sum(axis=0).astype(np.int32))
    return Reranker(crops, LABELS[:N_LABELLED], holdout, members, ensemble, CLASSES, PARAMS)


@pytest.fixture(scope="module")
def reranked(signs) -> Predictions:
    return signs.rerank()


@pytest.fixture(scope="module")
def grouped(signs) -> Predictions:
    return signs.rerank_out_of_fold(SIGN)


def accuracy(predictions: Predictions, rows: np.ndarray) -> float:
    return float(np.mean(predictions.probabilities.argmax(axis=1)[rows] == LABELS[rows]))


def masked(predictions: Predictions, rows: np.ndarray) -> Predictions:
    """The predictions of some images."""
    return Predictions(predictions.probabilities * rows[:, None], predictions.n_votes * rows)


def with_votes_on(reranker: Reranker, rows: np.ndarray) -> Reranker:
    """As if all members had trained on the other images."""
    members = {key: masked(member, rows) for key, member in reranker.members.items()}
    return replace(reranker, members=members, ensemble=masked(reranker.ensemble, rows))


def perturbed(predictions: Predictions) -> Predictions:
    """Other probabilities for the same images."""
    factors = np.random.default_rng(1).uniform(0.1, 1, predictions.probabilities.shape).astype(np.float32)
    return replace(predictions, probabilities=predictions.probabilities * factors)


def test_case_is_learned_from_the_labels_of_neighbors(signs, reranked):
    assert accuracy(reranked, signs.known) > 0.98
    assert accuracy(reranked, ~signs.known) > 0.98
    np.testing.assert_array_equal(reranked.n_votes, signs.ensemble.n_votes)


def test_only_the_case_is_re_ranked(signs, reranked):
    after, before = reranked.probabilities, signs.ensemble.probabilities
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)
    letters = [array.reshape(-1, 2, 2).sum(axis=1) for array in (after, before)]
    np.testing.assert_allclose(*letters, atol=1e-5)


def test_out_of_fold_only_known_images_have_a_prediction(signs, reranked):
    out_of_fold = signs.rerank_out_of_fold()
    np.testing.assert_array_equal(out_of_fold.probabilities[signs.known], reranked.probabilities[signs.known])
    np.testing.assert_allclose(out_of_fold.probabilities.sum(axis=1), signs.known, atol=1e-5)
    np.testing.assert_array_equal(out_of_fold.voted, signs.known)


@pytest.mark.parametrize("photos", [None, SIGN], ids=["its fold", "grouped by photo"])
def test_no_label_of_a_fold_reaches_its_predictions(signs, reranked, grouped, photos):
    """Its labels change, and the predictions of members that trained on it."""
    fold = signs.known & (FOLD == 1)
    labels = np.where(fold, (LABELS + 2) % 4, LABELS)[:N_LABELLED].astype(np.int32)  # the other case
    members = {key: member if key == "m1" else perturbed(member) for key, member in signs.members.items()}
    probabilities = np.where(
        signs.known[:, None], signs.ensemble.probabilities, perturbed(signs.ensemble).probabilities
    )
    other = replace(
        signs, labels=labels, members=members, ensemble=replace(signs.ensemble, probabilities=probabilities)
    )
    before = (reranked if photos is None else grouped).probabilities
    after = other.rerank_out_of_fold(photos).probabilities
    np.testing.assert_array_equal(before[fold], after[fold])
    others = signs.known & ~fold
    assert not np.array_equal(before[others], after[others])


def test_labels_of_the_holdout_are_not_used(signs, reranked):
    labels = np.where(signs.known, LABELS, 0)[:N_LABELLED].astype(np.int32)
    other = replace(signs, labels=labels).rerank()
    np.testing.assert_array_equal(other.probabilities, reranked.probabilities)


def test_grouped_by_photo_the_case_is_unknown(signs):
    """All labels of a sign are hidden, and its case with them."""
    np.testing.assert_array_equal(
        signs.rerank_grouped_by_photo().probabilities, signs.rerank_out_of_fold(SIGN).probabilities
    )
    assert accuracy(signs.rerank_grouped_by_photo(), signs.known) < 0.75


def test_hidden_neighbors_count_as_the_folds_member_predicts_them(signs):
    certain = {key: masked(make_predictions(one_hot(LABELS, 4)), m.voted) for key, m in signs.members.items()}
    assert accuracy(replace(signs, members=certain).rerank_out_of_fold(SIGN), signs.known) > 0.98


def test_an_image_in_several_folds_gets_their_mean(signs):
    first, second = signs.members["m0"], perturbed(signs.members["m0"])
    one, two, both = (
        replace(signs, members=dict(enumerate(members))).rerank_out_of_fold().probabilities
        for members in ([first], [second], [first, second])
    )
    assert not np.array_equal(one, two)
    np.testing.assert_allclose(both, (one + two) / 2, rtol=1e-5)


def test_a_member_that_trained_on_all_known_images_changes_nothing(signs, reranked):
    more = replace(signs, members=signs.members | {"idle": masked(signs.ensemble, ~signs.known)})
    np.testing.assert_array_equal(more.rerank().probabilities, reranked.probabilities)


def test_known_images_without_votes_have_no_prediction_but_are_fitted(signs):
    """Forty known images with votes would be too few to fit."""
    voted = ~signs.known | (np.cumsum(signs.known) <= 40)
    reranked = with_votes_on(signs, voted).rerank()
    np.testing.assert_array_equal(reranked.probabilities[~voted], 0)
    assert accuracy(reranked, ~signs.known) > 0.98


def test_without_votes_on_known_images_nothing_is_re_ranked(signs):
    """The strength of the context cannot be fitted."""
    without = with_votes_on(signs, ~signs.known)
    np.testing.assert_array_equal(without.rerank().probabilities, without.ensemble.probabilities)


def test_one_character_type_alone_changes_nothing(signs):
    upper = replace(signs, labels=signs.labels % 2)
    np.testing.assert_array_equal(upper.rerank().probabilities, signs.ensemble.probabilities)


def test_a_character_type_with_fewer_images_than_folds_is_not_fitted(signs):
    def widened(predictions: Predictions) -> Predictions:
        return replace(predictions, probabilities=np.pad(predictions.probabilities, ((0, 0), (0, 1))))

    labels = signs.labels.copy()
    labels[np.flatnonzero(signs.known)[:3]] = 4
    members = {key: widened(member) for key, member in signs.members.items()}
    rare = replace(signs, labels=labels, members=members, ensemble=widened(signs.ensemble), classes=[*CLASSES, "!"])
    assert accuracy(rare.rerank(), ~signs.known) > 0.98

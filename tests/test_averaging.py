"""Means of the members' probabilities, computed by hand on small arrays."""

import numpy as np
import pytest

from letterpress.configuration.ensemble import EnsembleConfig, MemberConfig
from letterpress.ensembling.averaging import average_members, combine_members, weighted_mean
from tests.predictions import make_predictions, one_hot

A = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], np.float32)
B = np.array([[0.1, 0.3, 0.6], [0.7, 0.2, 0.1]], np.float32)
BOTH = {"a": A, "b": B}
ROOTS = np.sqrt([[0.05, 0.09, 0.12], [0.07, 0.02, 0.08]])


@pytest.mark.parametrize(
    ("weights", "method", "expected"),
    [
        (None, "mean", [[0.3, 0.3, 0.4], [0.4, 0.15, 0.45]]),
        (None, "geometric_mean", ROOTS / ROOTS.sum(axis=1, keepdims=True)),
        ({"a": 3.0, "b": 1.0}, "weighted_mean", [[0.4, 0.3, 0.3], [0.25, 0.125, 0.625]]),
        ({"a": 300.0, "b": 100.0}, "weighted_mean", [[0.4, 0.3, 0.3], [0.25, 0.125, 0.625]]),
        ({"a": 0.5, "b": 0.0}, "weighted_mean", A),
    ],
)
def test_weighted_means_by_hand(weights, method, expected):
    mean = weighted_mean(BOTH, weights, method)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, expected, atol=1e-6)


def test_the_geometric_mean_of_probability_zero_is_finite():
    certain = np.array([[1, 0, 0]], np.float32)
    mean = weighted_mean({"a": certain, "b": certain[:, ::-1]}, None, "geometric_mean")
    np.testing.assert_allclose(mean, [[0.5, 0, 0.5]], atol=1e-5)


@pytest.mark.parametrize("method", ["mean", "geometric_mean"])
def test_each_image_is_averaged_over_the_members_that_voted(method):
    none = [0, 0, 0]
    members = {"a": make_predictions([none, A[0], none, A[1]]), "b": make_predictions([none, none, B[0], B[1]])}
    averaged = average_members(members, None, method)
    both = weighted_mean({"a": A[1:], "b": B[1:]}, None, method)
    np.testing.assert_allclose(averaged.probabilities, [none, A[0], B[0], both[0]], atol=1e-6)
    np.testing.assert_array_equal(averaged.n_votes, [0, 1, 1, 2])
    assert (averaged.probabilities.dtype, averaged.n_votes.dtype) == (np.float32, np.int32)


def test_a_member_of_weight_zero_has_no_vote():
    members = {"a": make_predictions([A[0], [0, 0, 0]]), "b": make_predictions(B)}
    averaged = average_members(members, {"a": 1.0, "b": 0.0}, "weighted_mean")
    np.testing.assert_allclose(averaged.probabilities, [A[0], [0, 0, 0]], atol=1e-6)
    np.testing.assert_array_equal(averaged.n_votes, [1, 0])


@pytest.mark.parametrize(("method", "expected"), [("mean", 1), ("stacking", 0)])
def test_stacking_corrects_what_the_mean_predicts(method, expected):
    """Members that always predict the next class."""
    labels = np.tile(np.arange(3, dtype=np.int32), 20)
    predicted = 0.7 * one_hot((labels + 1) % 3) + 0.1
    halves = np.arange(60)[:, None] < 30
    members = {"a": make_predictions(predicted * halves), "b": make_predictions(predicted * ~halves)}
    ensemble = EnsembleConfig(method, None, {key: MemberConfig("vgg_bn", 0, {}) for key in members})
    combined = combine_members(members, ensemble, labels, np.empty(0, np.int32))
    np.testing.assert_array_equal((combined.probabilities.argmax(axis=1) - labels) % 3, expected)
    np.testing.assert_array_equal(combined.n_votes, 1)

"""Every image is judged, alone or among others, as it is or changed."""

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference import factory as networks
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.transforms import affine_maps

pytestmark = pytest.mark.usefixtures("float32")

UNCHANGED = affine_maps((8, 8))
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)


@pytest.fixture(scope="module")
def network(float32):
    """Fresh weights, but with logits wide enough to tell images apart."""
    network = networks.build(MemberConfig("stem_vgg_bn", 0, {"width": 4, "dense": 8, "dropout": 0.5}), (8, 8), 3)
    network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
    return network


@pytest.fixture(scope="module")
def judge(network):
    return Predictor(network, 7)


def test_logits_are_the_networks_own_on_fractions_of_255(network, judge):
    expected = np.asarray(network(IMAGES[..., None] / np.float32(255), training=False))
    np.testing.assert_allclose(judge.outputs(IMAGES), expected, atol=1e-5)
    assert np.ptp(expected, axis=0).min() > 1e-3


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_every_image_is_judged_whatever_the_batch(network, judge, batch):
    chances = softmax(Predictor(network, batch).outputs(IMAGES))
    np.testing.assert_allclose(chances, softmax(judge.outputs(IMAGES)), atol=1e-6)


def test_an_image_is_judged_the_same_alone(judge):
    np.testing.assert_allclose(judge.outputs(IMAGES[4:5]), judge.outputs(IMAGES)[4:5], atol=1e-5)


def test_no_images_give_no_rows(judge):
    assert judge.outputs(IMAGES[:0]).shape == (0, 3)
    assert judge.changed_outputs(IMAGES[:0], UNCHANGED, True).shape == (0, 3)


def test_judging_leaves_the_network(network, judge):
    before = network.get_weights()
    judge.outputs(IMAGES)
    np.testing.assert_equal(network.get_weights(), before)


def test_softmax_by_hand():
    logits = np.log(np.array([[1.0, 2, 5], [3, 3, 2]], np.float32))
    np.testing.assert_allclose(softmax(logits), [[0.125, 0.25, 0.625], [0.375, 0.375, 0.25]], atol=1e-6)


def test_softmax_does_not_overflow():
    chances = softmax(np.array([[1000, 1000, -1000], [-1000, -1001, -1e30]], np.float32))
    np.testing.assert_allclose(chances, [[0.5, 0.5, 0], [0.7310586, 0.2689414, 0]], atol=1e-6)


def test_images_through_the_map_of_no_change_are_judged_as_they_are(judge):
    np.testing.assert_allclose(judge.changed_outputs(IMAGES, UNCHANGED, False), judge.outputs(IMAGES), atol=1e-5)


def test_changed_images_are_warped_and_then_inverted(judge):
    changed = judge.changed_outputs(IMAGES, affine_maps((8, 8), rotation=90), True)
    np.testing.assert_allclose(changed, judge.outputs(255 - np.rot90(IMAGES, axes=(1, 2))), atol=1e-4)
    assert np.abs(changed - judge.outputs(IMAGES)).max() > 1e-2


def test_a_last_batch_of_changed_images_is_judged_whole(network, judge):
    one_map = affine_maps((8, 8), rotation=30)
    expected = judge.changed_outputs(IMAGES, one_map, True)
    np.testing.assert_allclose(Predictor(network, 4).changed_outputs(IMAGES, one_map, True), expected, atol=1e-5)


def test_standardized_images_keep_their_values(network, judge):
    images = np.random.default_rng(1).normal(0, 3, (7, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(judge.outputs(images), network(images[..., None], training=False), atol=1e-5)


def test_weights_that_change_between_calls_are_seen():
    network = networks.build(MemberConfig("stem_vgg_bn", 1, {"width": 2, "dense": 4, "dropout": 0.5}), (8, 8), 3)
    judge = Predictor(network, 7)
    before = judge.outputs(IMAGES), judge.changed_outputs(IMAGES, UNCHANGED, True)
    network.layers[-1].bias.assign([1, 2, 3])
    after = judge.outputs(IMAGES), judge.changed_outputs(IMAGES, UNCHANGED, True)
    for then, now in zip(before, after, strict=True):
        np.testing.assert_allclose(now - then, np.tile([1, 2, 3], (7, 1)), atol=1e-5)


def test_statistics_that_change_between_calls_are_seen():
    network = networks.build(MemberConfig("stem_vgg_bn", 1, {"width": 2, "dense": 4, "dropout": 0.5}), (8, 8), 3)
    judge = Predictor(network, 7)
    before = judge.outputs(IMAGES)
    network(np.random.default_rng(0).random((7, 8, 8, 1)).astype(np.float32), training=True)
    assert np.abs(judge.outputs(IMAGES) - before).max() > 1e-4
    np.testing.assert_allclose(judge.outputs(IMAGES), Predictor(network, 7).outputs(IMAGES), atol=1e-6)

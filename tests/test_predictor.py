"""Every image is predicted, in every batch, unchanged or transformed."""

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference.factory import build_network
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.transforms import affine_maps

pytestmark = pytest.mark.usefixtures("float32")

MEMBER = MemberConfig(network="stem_vgg_bn", seed=0, kwargs={"width": 4, "dense": 8, "dropout": 0.5})
UNCHANGED = affine_maps((8, 8))
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)


@pytest.fixture(scope="module")
def network(float32):
    """Scale random weights so that the logits of images differ."""
    network = build_network(MEMBER, (8, 8), 3)
    network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
    return network


@pytest.fixture(scope="module")
def predictor(network):
    return Predictor(network, 7)


def test_logits_are_those_of_the_network_on_pixels_divided_by_255(network, predictor):
    expected = np.asarray(network(IMAGES[..., None] / np.float32(255), training=False))
    np.testing.assert_allclose(predictor.predict(IMAGES), expected, atol=1e-5)
    assert np.ptp(expected, axis=0).min() > 1e-3


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_the_batch_size_does_not_matter(network, predictor, batch):
    probabilities = softmax(Predictor(network, batch).predict(IMAGES))
    np.testing.assert_allclose(probabilities, softmax(predictor.predict(IMAGES)), atol=1e-6)


def test_the_other_images_do_not_matter(predictor):
    np.testing.assert_allclose(predictor.predict(IMAGES[4:5]), predictor.predict(IMAGES)[4:5], atol=1e-5)


def test_no_images_give_no_rows(predictor):
    assert predictor.predict(IMAGES[:0]).shape == (0, 3)
    assert predictor.predict_transformed(IMAGES[:0], UNCHANGED, True).shape == (0, 3)


def test_predicting_changes_no_weight(network, predictor):
    before = network.get_weights()
    predictor.predict(IMAGES)
    np.testing.assert_equal(network.get_weights(), before)


def test_softmax_by_hand():
    logits = np.log(np.array([[1.0, 2, 5], [3, 3, 2]], np.float32))
    np.testing.assert_allclose(softmax(logits), [[0.125, 0.25, 0.625], [0.375, 0.375, 0.25]], atol=1e-6)


def test_softmax_does_not_overflow():
    probabilities = softmax(np.array([[1000, 1000, -1000], [-1000, -1001, -1e30]], np.float32))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5, 0], [0.7310586, 0.2689414, 0]], atol=1e-6)


def test_the_identity_map_changes_nothing(predictor):
    np.testing.assert_allclose(
        predictor.predict_transformed(IMAGES, UNCHANGED, False), predictor.predict(IMAGES), atol=1e-5
    )


def test_images_are_warped_and_then_inverted(predictor):
    transformed = predictor.predict_transformed(IMAGES, affine_maps((8, 8), rotation=90), True)
    np.testing.assert_allclose(transformed, predictor.predict(255 - np.rot90(IMAGES, axes=(1, 2))), atol=1e-4)
    assert np.abs(transformed - predictor.predict(IMAGES)).max() > 1e-2


def test_the_batch_size_of_transformed_images_does_not_matter(network, predictor):
    affine_map = affine_maps((8, 8), rotation=30)
    expected = predictor.predict_transformed(IMAGES, affine_map, True)
    np.testing.assert_allclose(
        Predictor(network, 4).predict_transformed(IMAGES, affine_map, True), expected, atol=1e-5
    )


def test_standardized_images_keep_their_values(network, predictor):
    images = np.random.default_rng(1).normal(0, 3, (7, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(predictor.predict(images), network(images[..., None], training=False), atol=1e-5)


def test_weights_may_change_between_calls():
    network = build_network(MEMBER, (8, 8), 3)
    predictor = Predictor(network, 7)
    before = predictor.predict(IMAGES), predictor.predict_transformed(IMAGES, UNCHANGED, True)
    network.layers[-1].bias.assign([1, 2, 3])
    after = predictor.predict(IMAGES), predictor.predict_transformed(IMAGES, UNCHANGED, True)
    for then, now in zip(before, after, strict=True):
        np.testing.assert_allclose(now - then, np.tile([1, 2, 3], (7, 1)), atol=1e-5)


def test_moving_statistics_may_change_between_calls():
    network = build_network(MEMBER, (8, 8), 3)
    predictor = Predictor(network, 7)
    before = predictor.predict(IMAGES)
    network(np.random.default_rng(0).random((7, 8, 8, 1)).astype(np.float32), training=True)
    assert np.abs(predictor.predict(IMAGES) - before).max() > 1e-4
    np.testing.assert_allclose(predictor.predict(IMAGES), Predictor(network, 7).predict(IMAGES), atol=1e-6)

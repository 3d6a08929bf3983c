"""A member's probabilities are averaged over the transforms of test-time augmentation."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig, ViewConfig
from letterpress.configuration.training import SvcConfig
from letterpress.inference.factory import build_network
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.svc_head import apply_heads
from letterpress.inference.tta import MemberPredictor
from letterpress.training.svc import fit_heads

pytestmark = pytest.mark.usefixtures("float32")

MEMBER = MemberConfig(network="stem_vgg_bn", seed=0, kwargs={"width": 4, "dense": 8, "dropout": 0.5})
UNCHANGED = {"rotation": 0, "zoom": 1, "invert": False}
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)
TRAINING_IMAGES = np.random.default_rng(1).integers(0, 200, (30, 8, 8), dtype=np.uint8)
ROTATED = {"rotation": 90}


@pytest.fixture(scope="module")
def member(float32) -> TrainedMember:
    """Scale random weights so that the logits of images differ."""
    network = build_network(MEMBER, (8, 8), 3)
    network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
    return TrainedMember(MEMBER, network)


@pytest.fixture(scope="module")
def standardized(member) -> TrainedMember:
    return replace(member, statistics=PixelStatistics.from_images(TRAINING_IMAGES))


@pytest.fixture(scope="module")
def with_head(member) -> TrainedMember:
    """The same network with a head for the classes 0 and 2."""
    params = SvcConfig(name="svc", c=(10.0,), gamma=(10.0,), folds=2, by_group=True, fit_on_validation=False)
    labels = np.arange(30, dtype=np.int32) % 3
    (fitted,) = fit_heads(features(member, TRAINING_IMAGES), labels, ["a/0", "b/0", "a/1"], params, seed=0)
    return replace(member, heads={fitted.group: fitted.head})


def features(member: TrainedMember, images: np.ndarray) -> np.ndarray:
    return Predictor(with_features(member.network), 7).predict(images)[:, 3:]


def logits(member: TrainedMember, images: np.ndarray) -> np.ndarray:
    return Predictor(member.network, 7).predict(images)


def predict(member: TrainedMember, images: np.ndarray, *views: dict, batch_size: int = 7) -> np.ndarray:
    return predict_channels(member, [images], *views, batch_size=batch_size)


def predict_channels(
    member: TrainedMember, channels: list[np.ndarray], *views: dict, batch_size: int = 7
) -> np.ndarray:
    tta = tuple(ViewConfig(**UNCHANGED | view) for view in views)
    return MemberPredictor(member, tta, batch_size).predict_proba(channels)


def rotate(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(images, axes=(1, 2)))


def assert_same_predictions(
    member: TrainedMember, view: dict, expected_images: np.ndarray, images: np.ndarray = IMAGES
) -> None:
    """A view of the images gives the predictions of the expected images, and not those of the images."""
    plain = predict(member, images, {})
    transformed, expected = predict(member, images, view), predict(member, expected_images, {})
    np.testing.assert_allclose(transformed, expected, atol=2e-6)
    assert np.abs(transformed - plain).max() > 1e-3


def test_probabilities_sum_to_one_in_float32(member):
    probabilities = predict(member, IMAGES, {}, {"invert": True}, {"rotation": 10})
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(7), atol=1e-6)


def test_no_images_give_no_rows(member):
    assert predict(member, IMAGES[:0], {}, {"invert": True}).shape == (0, 3)


def test_an_unchanged_image_has_the_networks_probabilities(member):
    np.testing.assert_array_equal(predict(member, IMAGES, {}), softmax(logits(member, IMAGES)))


def test_views_are_averaged(member):
    plain, inverted = predict(member, IMAGES, {}), predict(member, 255 - IMAGES, {})
    np.testing.assert_allclose(predict(member, IMAGES, {}, {"invert": True}), (plain + inverted) / 2, atol=2e-6)
    assert np.abs(plain - inverted).max() > 1e-3


def test_a_repeated_view_counts_twice(member):
    plain, inverted = predict(member, IMAGES, {}), predict(member, IMAGES, {"invert": True})
    twice = predict(member, IMAGES, {}, {}, {"invert": True})
    np.testing.assert_allclose(twice, (2 * plain + inverted) / 3, atol=1e-6)


@pytest.mark.parametrize("fixture", ["member", "standardized", "with_head"])
def test_every_channel_counts_as_much(request, fixture):
    member, other = request.getfixturevalue(fixture), IMAGES // 2 + 60
    views = [{}, {"invert": True}, ROTATED]
    expected = (predict(member, IMAGES, *views) + predict(member, other, *views)) / 2
    np.testing.assert_allclose(predict_channels(member, [IMAGES, other], *views), expected, atol=1e-6)


def test_a_view_rotates_counterclockwise(member):
    assert_same_predictions(member, ROTATED, rotate(IMAGES))


def test_a_zoom_of_2_enlarges_the_inner_half(member):
    ramp = np.tile(np.arange(0, 128, 16, dtype=np.uint8), (7, 8, 1))
    inner = np.tile(np.arange(28, 92, 8, dtype=np.uint8), (7, 8, 1))  # 3.5 * 16 in the middle, half the slope
    assert_same_predictions(member, {"zoom": 2}, inner, ramp)


@pytest.mark.parametrize("fixture", ["member", "standardized", "with_head"])
def test_the_batch_size_does_not_matter(request, fixture):
    member, view = request.getfixturevalue(fixture), {"rotation": 30}
    expected = predict(member, IMAGES, {}, view)
    np.testing.assert_allclose(predict(member, IMAGES, {}, view, batch_size=4), expected, atol=1e-6)


def test_images_are_standardized_first(standardized):
    expected = softmax(logits(standardized, standardized.statistics.standardize(IMAGES)))
    np.testing.assert_array_equal(predict(standardized, IMAGES, {}), expected)
    assert np.abs(expected - softmax(logits(standardized, IMAGES))).max() > 1e-3


def test_views_transform_the_standardized_image(standardized):
    """As augmentation does: each pixel is standardized where it was before the rotation."""
    expected = softmax(logits(standardized, rotate(standardized.statistics.standardize(IMAGES))))
    np.testing.assert_allclose(predict(standardized, IMAGES, ROTATED), expected, atol=1e-5)


def test_heads_are_applied(member, with_head):
    plain = softmax(logits(member, IMAGES))
    expected = apply_heads(plain, features(member, IMAGES), with_head.heads)
    result = predict(with_head, IMAGES, {})
    np.testing.assert_allclose(result, expected, atol=1e-6)
    np.testing.assert_allclose(result[:, 1], plain[:, 1], atol=1e-6)
    assert np.abs(result - plain).max() > 1e-3


def test_heads_read_the_features_of_each_view(member, with_head):
    views = [
        apply_heads(softmax(logits(member, images)), features(member, images), with_head.heads)
        for images in (IMAGES, rotate(IMAGES))
    ]
    np.testing.assert_allclose(predict(with_head, IMAGES, {}, ROTATED), np.mean(views, axis=0), atol=1e-5)


def test_heads_read_the_features_of_standardized_images(standardized, with_head):
    both = replace(standardized, heads=with_head.heads)
    images = standardized.statistics.standardize(IMAGES)
    expected = apply_heads(softmax(logits(both, images)), features(both, images), both.heads)
    np.testing.assert_allclose(predict(both, IMAGES, {}), expected, atol=1e-6)

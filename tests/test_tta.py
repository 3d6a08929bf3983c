"""A member's probabilities are averaged over its views, with its statistics and its heads."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig, PredictConfig, ViewConfig
from letterpress.configuration.training import SvcConfig
from letterpress.inference import factory as networks
from letterpress.inference import svc_head as heads
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.tta import probabilities

pytestmark = pytest.mark.usefixtures("float32")

UNCHANGED = {"rotation": 0, "zoom": 1, "translation_x": 0, "translation_y": 0, "invert": False}
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)
LEARNED_FROM = np.random.default_rng(1).integers(0, 200, (30, 8, 8), dtype=np.uint8)
TURNED = {"rotation": 90}


@pytest.fixture(scope="module")
def member(float32) -> TrainedMember:
    """Fresh weights, but with logits wide enough to tell images apart."""
    network = networks.build(MemberConfig("stem_vgg_bn", 0, {"width": 4, "dense": 8, "dropout": 0.5}), (8, 8), 3)
    network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
    return TrainedMember(network)


@pytest.fixture(scope="module")
def standardized(member) -> TrainedMember:
    return replace(member, statistics=PixelStatistics.of(LEARNED_FROM))


@pytest.fixture(scope="module")
def with_head(member) -> TrainedMember:
    """The same network with a head for the classes 0 and 2."""
    params = SvcConfig("svc", c=(10.0,), gamma=(10.0,), folds=2, by_group=True, validation=False)
    labels = np.arange(30, dtype=np.int32) % 3
    found = heads.fit(features(member, LEARNED_FROM), labels, ["a/0", "b/0", "a/1"], params, 0, lambda *_: None)
    assert list(found) == ["a"]
    return replace(member, heads=found)


def features(member: TrainedMember, images: np.ndarray) -> np.ndarray:
    return Predictor(with_features(member.network), 7).outputs(images)[:, 3:]


def logits(member: TrainedMember, images: np.ndarray) -> np.ndarray:
    return Predictor(member.network, 7).outputs(images)


def seen(member: TrainedMember, images: np.ndarray, *changes: dict, batch: int = 7) -> np.ndarray:
    return seen_in_greys(member, [images], *changes, batch=batch)


def seen_in_greys(member: TrainedMember, greys: list[np.ndarray], *changes: dict, batch: int = 7) -> np.ndarray:
    return probabilities(
        member, greys, PredictConfig(batch, tuple(ViewConfig(**UNCHANGED | change) for change in changes))
    )


def turned(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(images, axes=(1, 2)))


def assert_same_judgement(
    member: TrainedMember, change: dict, expected_images: np.ndarray, images: np.ndarray = IMAGES
) -> None:
    """A view of the images is the plain view of those expected, and not that of the images."""
    plain = seen(member, images, {})
    viewed, expected = seen(member, images, change), seen(member, expected_images, {})
    np.testing.assert_allclose(viewed, expected, atol=2e-6)
    assert np.abs(viewed - plain).max() > 1e-3


def test_probabilities_sum_to_one_in_float32(member):
    chances = seen(member, IMAGES, {}, {"invert": True}, {"rotation": 10})
    assert chances.dtype == np.float32
    np.testing.assert_allclose(chances.sum(axis=1), np.ones(7), atol=1e-6)


def test_no_images_give_no_rows(member):
    assert seen(member, IMAGES[:0], {}, {"invert": True}).shape == (0, 3)


def test_the_unchanged_view_is_the_plain_judgement(member):
    np.testing.assert_array_equal(seen(member, IMAGES, {}), softmax(logits(member, IMAGES)))


def test_views_of_image_and_negative_are_averaged(member):
    plain, negative = seen(member, IMAGES, {}), seen(member, 255 - IMAGES, {})
    np.testing.assert_allclose(seen(member, IMAGES, {}, {"invert": True}), (plain + negative) / 2, atol=2e-6)
    assert np.abs(plain - negative).max() > 1e-3


def test_a_view_counts_as_often_as_it_is_given(member):
    plain, negative = seen(member, IMAGES, {}), seen(member, IMAGES, {"invert": True})
    twice = seen(member, IMAGES, {}, {}, {"invert": True})
    np.testing.assert_allclose(twice, (2 * plain + negative) / 3, atol=1e-6)


@pytest.mark.parametrize("kind", ["member", "standardized", "with_head"])
def test_every_grey_counts_as_much_in_every_view(request, kind):
    judge, other = request.getfixturevalue(kind), IMAGES // 2 + 60
    views = [{}, {"invert": True}, TURNED]
    expected = (seen(judge, IMAGES, *views) + seen(judge, other, *views)) / 2
    np.testing.assert_allclose(seen_in_greys(judge, [IMAGES, other], *views), expected, atol=1e-6)


def test_a_view_shifted_by_an_eighth_shows_the_next_pixel(member):
    next_column = np.concatenate([IMAGES[:, :, 1:], IMAGES[:, :, -1:]], axis=2)
    assert_same_judgement(member, {"translation_x": 1 / 8}, next_column)
    next_row = np.concatenate([IMAGES[:, 1:], IMAGES[:, -1:]], axis=1)
    assert_same_judgement(member, {"translation_y": 1 / 8}, next_row)


def test_a_view_rotated_by_90_degrees_is_turned_counterclockwise(member):
    assert_same_judgement(member, TURNED, turned(IMAGES))


def test_a_view_zoomed_twofold_shows_the_inner_half_enlarged(member):
    ramp = np.tile(np.arange(0, 128, 16, dtype=np.uint8), (7, 8, 1))
    inner = np.tile(np.arange(28, 92, 8, dtype=np.uint8), (7, 8, 1))  # 3.5 * 16 in the middle, half the slope
    assert_same_judgement(member, {"zoom": 2}, inner, ramp)


@pytest.mark.parametrize("kind", ["member", "standardized", "with_head"])
def test_every_image_is_judged_whatever_the_batch(request, kind):
    member, change = request.getfixturevalue(kind), {"rotation": 30}
    expected = seen(member, IMAGES, {}, change)
    np.testing.assert_allclose(seen(member, IMAGES, {}, change, batch=4), expected, atol=1e-6)


def test_images_are_standardized_before_they_are_judged(standardized):
    expected = softmax(logits(standardized, standardized.statistics.standardize(IMAGES)))
    np.testing.assert_array_equal(seen(standardized, IMAGES, {}), expected)
    assert np.abs(expected - softmax(logits(standardized, IMAGES))).max() > 1e-3


def test_a_view_changes_the_standardized_image(standardized):
    """As augmentation does: so a turned image is standardised by the pixels where it was."""
    expected = softmax(logits(standardized, turned(standardized.statistics.standardize(IMAGES))))
    np.testing.assert_allclose(seen(standardized, IMAGES, TURNED), expected, atol=1e-5)


def test_heads_refine_what_the_network_says(member, with_head):
    plain = softmax(logits(member, IMAGES))
    expected = heads.refine(plain, features(member, IMAGES), with_head.heads)
    refined = seen(with_head, IMAGES, {})
    np.testing.assert_allclose(refined, expected, atol=1e-6)
    np.testing.assert_allclose(refined[:, 1], plain[:, 1], atol=1e-6)
    assert np.abs(refined - plain).max() > 1e-3


def test_every_view_is_refined_by_its_own_features(member, with_head):
    views = [
        heads.refine(softmax(logits(member, images)), features(member, images), with_head.heads)
        for images in (IMAGES, turned(IMAGES))
    ]
    np.testing.assert_allclose(seen(with_head, IMAGES, {}, TURNED), np.mean(views, axis=0), atol=1e-5)


def test_heads_read_the_features_of_standardized_images(standardized, with_head):
    both = replace(standardized, heads=with_head.heads)
    images = standardized.statistics.standardize(IMAGES)
    expected = heads.refine(softmax(logits(both, images)), features(both, images), both.heads)
    np.testing.assert_allclose(seen(both, IMAGES, {}), expected, atol=1e-6)

"""Every image is judged, alone or among others, and views are averaged."""

import numpy as np
import pytest

from letterpress.members import network as networks
from letterpress.members.inference import Judge, softmax
from letterpress.members.views import probabilities
from letterpress.params.member import Member
from letterpress.params.predict import View

pytestmark = pytest.mark.usefixtures("float32")

UNCHANGED = {"rotation": 0, "zoom": 1, "shift_x": 0, "shift_y": 0, "invert": False}
IMAGES = np.random.default_rng(0).integers(0, 256, (7, 8, 8), dtype=np.uint8)


@pytest.fixture(scope="module")
def network(float32):
    """Fresh weights, but with logits wide enough to tell images apart."""
    network = networks.build(Member("stem_vgg_bn", 0, {"width": 4, "dense": 8, "dropout": 0.5}), (8, 8), 3)
    network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
    return network


@pytest.fixture(scope="module")
def judge(network):
    return Judge(network, 7)


def seen(judge: Judge, images: np.ndarray, *changes: dict) -> np.ndarray:
    return probabilities(judge, images, tuple(View(**UNCHANGED | change) for change in changes))


def assert_same_judgement(
    judge: Judge, change: dict, expected_images: np.ndarray, images: np.ndarray = IMAGES
) -> None:
    """A view of the images is the plain view of those expected, and not that of the images."""
    plain = seen(judge, images, {})
    viewed, expected = seen(judge, images, change), seen(judge, expected_images, {})
    np.testing.assert_allclose(viewed, expected, atol=2e-6)
    assert np.abs(viewed - plain).max() > 1e-3


def test_logits_are_the_networks_own_on_fractions_of_255(network, judge):
    expected = np.asarray(network(IMAGES[..., None] / np.float32(255), training=False))
    np.testing.assert_allclose(judge.logits(IMAGES), expected, atol=1e-5)
    assert np.ptp(expected, axis=0).min() > 1e-3


@pytest.mark.parametrize("batch", [1, 3, 50])
def test_every_image_is_judged_whatever_the_batch(network, judge, batch):
    chances = softmax(Judge(network, batch).logits(IMAGES))
    np.testing.assert_allclose(chances, softmax(judge.logits(IMAGES)), atol=1e-6)


def test_an_image_is_judged_the_same_alone(judge):
    np.testing.assert_allclose(judge.logits(IMAGES[4:5]), judge.logits(IMAGES)[4:5], atol=1e-5)


def test_no_images_give_no_rows(judge):
    assert judge.logits(IMAGES[:0]).shape == (0, 3)
    assert seen(judge, IMAGES[:0], {}, {"invert": True}).shape == (0, 3)


def test_judging_leaves_the_network(network, judge):
    before = network.get_weights()
    judge.logits(IMAGES)
    np.testing.assert_equal(network.get_weights(), before)


def test_softmax_by_hand():
    logits = np.log(np.array([[1.0, 2, 5], [3, 3, 2]], np.float32))
    np.testing.assert_allclose(softmax(logits), [[0.125, 0.25, 0.625], [0.375, 0.375, 0.25]], atol=1e-6)


def test_softmax_does_not_overflow():
    chances = softmax(np.array([[1000, 1000, -1000], [-1000, -1001, -1e30]], np.float32))
    np.testing.assert_allclose(chances, [[0.5, 0.5, 0], [0.7310586, 0.2689414, 0]], atol=1e-6)


def test_probabilities_sum_to_one_in_float32(judge):
    chances = seen(judge, IMAGES, {}, {"invert": True}, {"rotation": 10})
    assert chances.dtype == np.float32
    np.testing.assert_allclose(chances.sum(axis=1), np.ones(7), atol=1e-6)


def test_the_unchanged_view_is_the_plain_judgement(judge):
    np.testing.assert_array_equal(seen(judge, IMAGES, {}), softmax(judge.logits(IMAGES)))


def test_the_unchanged_view_through_the_map_is_the_same(judge):
    identity = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32)
    np.testing.assert_allclose(judge.changed_logits(IMAGES, identity, False), judge.logits(IMAGES), atol=1e-5)


def test_views_of_image_and_negative_are_averaged(judge):
    plain, negative = seen(judge, IMAGES, {}), seen(judge, 255 - IMAGES, {})
    np.testing.assert_allclose(seen(judge, IMAGES, {}, {"invert": True}), (plain + negative) / 2, atol=2e-6)
    assert np.abs(plain - negative).max() > 1e-3


def test_a_view_counts_as_often_as_it_is_given(judge):
    plain, negative = seen(judge, IMAGES, {}), seen(judge, IMAGES, {"invert": True})
    twice = seen(judge, IMAGES, {}, {}, {"invert": True})
    np.testing.assert_allclose(twice, (2 * plain + negative) / 3, atol=1e-6)


def test_a_view_shifted_by_an_eighth_shows_the_next_pixel(judge):
    next_column = np.concatenate([IMAGES[:, :, 1:], IMAGES[:, :, -1:]], axis=2)
    assert_same_judgement(judge, {"shift_x": 1 / 8}, next_column)
    next_row = np.concatenate([IMAGES[:, 1:], IMAGES[:, -1:]], axis=1)
    assert_same_judgement(judge, {"shift_y": 1 / 8}, next_row)


def test_a_view_rotated_by_90_degrees_is_turned_counterclockwise(judge):
    assert_same_judgement(judge, {"rotation": 90}, np.rot90(IMAGES, axes=(1, 2)))


def test_a_view_zoomed_twofold_shows_the_inner_half_enlarged(judge):
    ramp = np.tile(np.arange(0, 128, 16, dtype=np.uint8), (7, 8, 1))
    inner = np.tile(np.arange(28, 92, 8, dtype=np.uint8), (7, 8, 1))  # 3.5 * 16 in the middle, half the slope
    assert_same_judgement(judge, {"zoom": 2}, inner, ramp)


def test_a_last_batch_of_changed_images_is_judged_whole(network, judge):
    change = {"rotation": 30, "invert": True}
    np.testing.assert_allclose(seen(Judge(network, 4), IMAGES, change), seen(judge, IMAGES, change), atol=1e-6)

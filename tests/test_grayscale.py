"""Colours become luma, or their projection on the image's principal colour axis."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from letterpress.images.grayscale import to_luma, to_pca_channel

RED, GREEN = (130, 0, 0), (0, 66, 0)  # of equal luma
COLORS = arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)))


def convert(to_grayscale, *colors):
    """Convert an image of one row of the given colours."""
    return np.asarray(to_grayscale(Image.fromarray(np.array([colors], np.uint8)))).tolist()[0]


def test_colors_of_equal_luma_differ_in_the_pca_channel_alone():
    assert convert(to_luma, RED, GREEN, RED) == [39, 39, 39]
    assert sorted(set(convert(to_pca_channel, RED, GREEN, RED))) == [0, 255]


def test_the_pca_channel_is_stretched_from_black_to_white():
    assert convert(to_pca_channel, (90, 90, 90), (100, 100, 100), (110, 110, 110)) == [0, 128, 255]


def test_the_lighter_end_of_the_axis_is_white():
    assert convert(to_pca_channel, (20, 0, 90), (250, 240, 60)) == [0, 255]
    assert convert(to_pca_channel, (250, 240, 60), (20, 0, 90)) == [255, 0]


def test_a_color_between_two_others_is_between_them():
    assert convert(to_pca_channel, (0, 100, 200), (100, 100, 100), (200, 100, 0)) in ([0, 128, 255], [255, 128, 0])


@pytest.mark.parametrize("color", [(0, 0, 0), (7, 80, 200), (255, 255, 255)])
def test_an_image_of_one_color_is_black(color):
    assert convert(to_pca_channel, color, color) == [0, 0]


@given(COLORS)
def test_an_image_of_two_colors_or_more_has_black_and_white_pixels(colors):
    channel = np.asarray(to_pca_channel(Image.fromarray(colors)))
    assert channel.shape == colors.shape[:2]
    assert (channel.min(), channel.max()) == (0, 255 if len(np.unique(colors.reshape(-1, 3), axis=0)) > 1 else 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_every_mode_has_a_pca_channel(mode):
    image = Image.fromarray(np.array([[0, 255, 0]], np.uint8)).convert(mode)
    assert np.asarray(to_pca_channel(image)).tolist() == [[0, 255, 0]]

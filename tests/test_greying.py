"""Colours to grey: as bright as they are, and as different as they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from letterpress.images.grayscale import contrast, luma

RED, GREEN = (130, 0, 0), (0, 66, 0)  # as bright as each other
PICTURES = arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3)))


def greyed(grey, *colours):
    """A picture of one row in the given colours."""
    return np.asarray(grey(Image.fromarray(np.array([colours], np.uint8)))).tolist()[0]


def test_colours_of_one_brightness_are_told_apart_by_contrast_alone():
    assert greyed(luma, RED, GREEN, RED) == [39, 39, 39]
    assert sorted(set(greyed(contrast, RED, GREEN, RED))) == [0, 255]


def test_contrast_is_stretched_from_black_to_white():
    assert greyed(contrast, (90, 90, 90), (100, 100, 100), (110, 110, 110)) == [0, 128, 255]


def test_the_lighter_end_is_white():
    assert greyed(contrast, (20, 0, 90), (250, 240, 60)) == [0, 255]
    assert greyed(contrast, (250, 240, 60), (20, 0, 90)) == [255, 0]


def test_a_colour_between_two_others_is_grey_between_them():
    assert greyed(contrast, (0, 100, 200), (100, 100, 100), (200, 100, 0)) in ([0, 128, 255], [255, 128, 0])


@pytest.mark.parametrize("colour", [(0, 0, 0), (7, 80, 200), (255, 255, 255)])
def test_a_picture_of_one_colour_is_black(colour):
    assert greyed(contrast, colour, colour) == [0, 0]


@given(PICTURES)
def test_every_picture_of_two_colours_or_more_is_black_somewhere_and_white_elsewhere(colours):
    grey = np.asarray(contrast(Image.fromarray(colours)))
    assert grey.shape == colours.shape[:2]
    assert (grey.min(), grey.max()) == (0, 255 if len(np.unique(colours.reshape(-1, 3), axis=0)) > 1 else 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_every_mode_has_a_contrast(mode):
    picture = Image.fromarray(np.array([[0, 255, 0]], np.uint8)).convert(mode)
    assert np.asarray(contrast(picture)).tolist() == [[0, 255, 0]]

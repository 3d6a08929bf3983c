"""Pixels are standardised by the images that a member learns from, and by no others."""

import numpy as np
import pytest

from letterpress.inference.pixel_statistics import PixelStatistics

IMAGES = np.array([[[0, 51], [0, 10]], [[255, 51], [0, 20]], [[0, 51], [255, 30]], [[255, 51], [255, 40]]], np.uint8)
RANDOM = np.random.default_rng(0).integers(0, 256, (50, 3, 4), dtype=np.uint8)


def test_mean_and_deviation_by_hand():
    statistics = PixelStatistics.of(IMAGES)
    np.testing.assert_allclose(statistics.mean, [[0.5, 0.2], [0.5, 25 / 255]], rtol=1e-6)
    # The deviation of 10, 20, 30 and 40 is the root of (225 + 25 + 25 + 225) / 4.
    np.testing.assert_allclose(statistics.deviation, [[0.5, 1e-6], [0.5, 125**0.5 / 255]], rtol=1e-6)


def test_statistics_are_float32_of_an_images_shape():
    statistics = PixelStatistics.of(RANDOM)
    assert [(array.shape, array.dtype) for array in vars(statistics).values()] == [((3, 4), np.float32)] * 2


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_a_pixel_that_never_varies_has_the_smallest_deviation_and_becomes_zero(count):
    every_value = np.tile(np.arange(256, dtype=np.uint8).reshape(1, 16, 16), (count, 1, 1))
    statistics = PixelStatistics.of(every_value)
    np.testing.assert_array_equal(statistics.deviation, np.full((16, 16), 1e-6, np.float32))
    np.testing.assert_array_equal(statistics.standardize(every_value[:1]), np.zeros((1, 16, 16)))


def test_the_images_that_were_learned_from_have_mean_0_and_deviation_1():
    standardized = PixelStatistics.of(RANDOM).standardize(RANDOM)
    assert (standardized.shape, standardized.dtype) == ((50, 3, 4), np.float32)
    np.testing.assert_allclose(standardized.mean(axis=0), np.zeros((3, 4)), atol=1e-6)
    np.testing.assert_allclose(standardized.std(axis=0), np.ones((3, 4)), atol=1e-6)


def test_other_images_are_standardized_by_the_same_statistics():
    other = np.array([[[255, 51], [102, 35]]], np.uint8)
    expected = [[[1, 0], [-0.2, 10 / 125**0.5]]]
    np.testing.assert_allclose(PixelStatistics.of(IMAGES).standardize(other), expected, atol=1e-6)


def test_no_images_are_standardized_to_none():
    assert PixelStatistics.of(RANDOM).standardize(RANDOM[:0]).shape == (0, 3, 4)

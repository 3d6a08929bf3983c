"""Pixels are standardized by the statistics of the training images."""

import numpy as np
import pytest

from letterpress.inference.pixel_statistics import PixelStatistics

IMAGES = np.array([[[0, 51], [0, 10]], [[255, 51], [0, 20]], [[0, 51], [255, 30]], [[255, 51], [255, 40]]], np.uint8)
RANDOM = np.random.default_rng(0).integers(0, 256, (50, 3, 4), dtype=np.uint8)


def test_mean_and_std_by_hand():
    statistics = PixelStatistics.from_images(IMAGES)
    np.testing.assert_allclose(statistics.mean, [[0.5, 0.2], [0.5, 25 / 255]], rtol=1e-6)
    # The standard deviation of 10, 20, 30 and 40 is the root of (225 + 25 + 25 + 225) / 4.
    np.testing.assert_allclose(statistics.std, [[0.5, 1e-6], [0.5, 125**0.5 / 255]], rtol=1e-6)


def test_statistics_are_float32_of_an_images_shape():
    statistics = PixelStatistics.from_images(RANDOM)
    assert [(array.shape, array.dtype) for array in vars(statistics).values()] == [((3, 4), np.float32)] * 2


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_a_constant_pixel_becomes_zero(count):
    every_value = np.tile(np.arange(256, dtype=np.uint8).reshape(1, 16, 16), (count, 1, 1))
    statistics = PixelStatistics.from_images(every_value)
    np.testing.assert_array_equal(statistics.std, np.full((16, 16), 1e-6, np.float32))
    np.testing.assert_array_equal(statistics.standardize(every_value[:1]), np.zeros((1, 16, 16)))


def test_training_images_have_mean_0_and_std_1():
    standardized = PixelStatistics.from_images(RANDOM).standardize(RANDOM)
    assert (standardized.shape, standardized.dtype) == ((50, 3, 4), np.float32)
    np.testing.assert_allclose(standardized.mean(axis=0), np.zeros((3, 4)), atol=1e-6)
    np.testing.assert_allclose(standardized.std(axis=0), np.ones((3, 4)), atol=1e-6)


def test_other_images_use_the_same_statistics():
    other = np.array([[[255, 51], [102, 35]]], np.uint8)
    expected = [[[1, 0], [-0.2, 10 / 125**0.5]]]
    np.testing.assert_allclose(PixelStatistics.from_images(IMAGES).standardize(other), expected, atol=1e-6)


def test_no_images_give_no_images():
    assert PixelStatistics.from_images(RANDOM).standardize(RANDOM[:0]).shape == (0, 3, 4)

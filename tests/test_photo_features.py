"""Features of an image's colours and sharpness."""

import numpy as np
import pytest
from PIL import Image

from letterpress.datasets.photo_features import MAX_SIDE, N_FEATURES, photo_features


def image(pixels) -> Image.Image:
    return Image.fromarray(np.array(pixels, np.uint8))


def test_an_image_of_one_color():
    features = photo_features(Image.new("RGB", (5, 4), (255, 51, 0)))
    np.testing.assert_allclose(features, [1, 0.2, 0] * 3 + [0, 0, 0] + [1, 0.2, 0] + [0, 0], atol=1e-6)
    assert (features.shape, features.dtype) == ((N_FEATURES,), np.float32)


def test_quarters_and_differences():
    features = photo_features(image([[0, 0, 255, 255], [0, 0, 255, 255], [51, 51, 51, 51], [51, 51, 51, 51]]))
    np.testing.assert_allclose(features[0:6], [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(features[15:], [(2 * 0.2 + 2 * 0.8) / 12, 2 / 12], rtol=1e-5)


def test_the_median_of_the_border_is_a_feature():
    pixels = np.full((5, 5), 102)
    pixels[1:4, 1:4] = 255
    np.testing.assert_allclose(photo_features(image(pixels))[12:15], 0.4, rtol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1)])
def test_an_image_of_one_row_or_column_has_finite_features(size):
    assert np.isfinite(photo_features(Image.new("L", size, 100))).all()


def test_a_large_image_has_the_features_of_its_small_version():
    rng = np.random.default_rng(0)
    small = image(rng.integers(0, 256, (MAX_SIDE, MAX_SIDE, 3)))
    large = small.resize((4 * MAX_SIDE, 4 * MAX_SIDE), Image.Resampling.NEAREST)
    np.testing.assert_allclose(photo_features(large), photo_features(small), atol=0.01)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "P", "1"])
def test_every_mode_has_colors(mode):
    assert photo_features(Image.new("RGB", (4, 4), (255, 255, 255)).convert(mode))[6:9] == pytest.approx(1, abs=0.01)

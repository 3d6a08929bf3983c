"""Statistics of a picture's colours and sharpness."""

import numpy as np
import pytest
from PIL import Image

from letterpress.datasets.photo_features import LARGEST, STATISTICS, statistics


def picture(pixels) -> Image.Image:
    return Image.fromarray(np.array(pixels, np.uint8))


def test_one_colour():
    found = statistics(Image.new("RGB", (5, 4), (255, 51, 0)))
    np.testing.assert_allclose(found, [1, 0.2, 0] * 3 + [0, 0, 0] + [1, 0.2, 0] + [0, 0], atol=1e-6)
    assert (found.shape, found.dtype) == ((STATISTICS,), np.float32)


def test_darkest_and_lightest_quarter_and_steps():
    found = statistics(picture([[0, 0, 255, 255], [0, 0, 255, 255], [51, 51, 51, 51], [51, 51, 51, 51]]))
    np.testing.assert_allclose(found[0:6], [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(found[15:], [(2 * 0.2 + 2 * 0.8) / 12, 2 / 12], rtol=1e-5)


def test_the_border_has_a_median_of_its_own():
    pixels = np.full((5, 5), 102)
    pixels[1:4, 1:4] = 255
    np.testing.assert_allclose(statistics(picture(pixels))[12:15], 0.4, rtol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1)])
def test_pictures_of_one_row_or_column_have_no_steps_there(size):
    assert np.isfinite(statistics(Image.new("L", size, 100))).all()


def test_a_large_picture_is_much_like_itself_made_small():
    rng = np.random.default_rng(0)
    small = picture(rng.integers(0, 256, (LARGEST, LARGEST, 3)))
    large = small.resize((4 * LARGEST, 4 * LARGEST), Image.Resampling.NEAREST)
    np.testing.assert_allclose(statistics(large), statistics(small), atol=0.01)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "P", "1"])
def test_every_mode_has_colours(mode):
    assert statistics(Image.new("RGB", (4, 4), (255, 255, 255)).convert(mode))[6:9] == pytest.approx(1, abs=0.01)

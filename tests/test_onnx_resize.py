"""Padding and resizing in TensorFlow's operations give Pillow's bits."""

import numpy as np
import pytest
from PIL import Image

from letterpress.images.decoding import resize as resize_by_pillow
from tests.archives import image_config

pytestmark = pytest.mark.usefixtures("float32")


def sizes() -> list[tuple[int, int]]:
    """List heights and widths: around those at which Pillow changes its order, extreme, and random ones."""
    edges = [(h, w) for w in (9, 10, 11, 16, 24) for h in {11, 12, 13, 2 * w - 9, 2 * w - 8, 2 * w - 7}]
    extreme = [(1, 1), (1, 50), (50, 1), (300, 2), (2, 300), (700, 500), (12, 10)]
    return edges + extreme + np.random.default_rng(0).integers(1, 90, (60, 2)).tolist()


@pytest.mark.parametrize("preserve_aspect_ratio", [False, True])
def test_every_size_gives_the_bits_of_pillow(preserve_aspect_ratio):
    from letterpress.serving.onnx_resize import pad, resize

    config = image_config(12, 10, preserve_aspect_ratio)
    rng = np.random.default_rng(1)
    for height, width in sizes():
        noise = rng.integers(0, 256, (2, height, width), dtype=np.uint8)
        images = np.stack([noise[0], noise[1] // 3 + np.arange(width, dtype=np.uint8)])
        padded = pad(images[None], 12 / 10) if preserve_aspect_ratio else images[None]
        expected = [resize_by_pillow(Image.fromarray(image), config) for image in images]
        np.testing.assert_array_equal(resize(padded, (12, 10))[0], expected, err_msg=f"{height} x {width}")

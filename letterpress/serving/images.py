"""Turn what a program has at hand, paths, files, Pillow's images or arrays, into what the networks read."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from letterpress.configuration.data import ImageConfig
from letterpress.images.decoding import open_image, to_channels, upright_8_bit
from letterpress.infrastructure.errors import UserError

COLOR_AXES = (1, 3, 4)  # grayscale, RGB, RGBA
ImageLike = str | os.PathLike | bytes | BinaryIO | Image.Image | np.ndarray
Images = ImageLike | Iterable[ImageLike]


def prepare_images(images: Images, config: ImageConfig) -> np.ndarray:
    """Convert one image or many as a recipe's own are, to uint8 (channels, n, height, width).

    Arrays are uint8, or float in [0, 1]: one image (h, w) or (h, w, c), or many
    (n, h, w) or (n, h, w, c), with c of 1, 3 or 4. Three axes whose last has c
    values are one image. Raises UserError that names the image that cannot be read.
    """
    if isinstance(images, np.ndarray):
        images = _split_array(images)
        if _is_prepared(images, config):
            return (255 - images if config.invert else images)[None]
    elif isinstance(images, ImageLike) or hasattr(images, "read"):
        images = [images]
    images = list(images)
    result = np.empty((2 if config.pca_channel else 1, len(images), config.height, config.width), np.uint8)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow leaves Python's lock while it decodes and resizes
        for i, channels in enumerate(pool.map(partial(_prepare, config), range(len(images)), images)):
            result[:, i] = channels
    return result


def _split_array(array: np.ndarray) -> np.ndarray:
    """Return an array of images with the images as its first axis, uint8."""
    if array.dtype != np.uint8:
        if not np.issubdtype(array.dtype, np.floating) or not np.all((array >= 0) & (array <= 1)):
            raise UserError(f"images: expected uint8 or float in [0, 1], received {array.dtype} with other values.")
        array = np.rint(array * 255).astype(np.uint8)
    is_color = array.ndim > 2 and array.shape[-1] in COLOR_AXES
    if array.ndim - is_color == 2:
        array = array[None]
    if array.ndim - is_color != 3 or 0 in array.shape[1:]:
        raise UserError(f"images: expected (h, w), (h, w, c), (n, h, w) or (n, h, w, c), received {array.shape}.")
    return array[..., 0] if is_color and array.shape[-1] == 1 else array


def _is_prepared(images: np.ndarray, config: ImageConfig) -> bool:
    """Return whether an array of images, uint8, needs neither colours nor another size."""
    return images.shape[1:] == (config.height, config.width) and not config.pca_channel


def _prepare(config: ImageConfig, i: int, image: ImageLike) -> np.ndarray:
    name = os.fspath(image) if isinstance(image, str | os.PathLike) else f"image {i}"
    try:
        return to_channels(_open(image), config)
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{name}: is not a readable image ({reason}); replace it or leave it out.") from error


def _open(image: ImageLike) -> Image.Image:
    if isinstance(image, np.ndarray):
        (pixels,) = _split_array(image)
        image = Image.fromarray(pixels)
    if isinstance(image, Image.Image):
        return upright_8_bit(image.copy)
    if isinstance(image, str | os.PathLike):
        return open_image(Path(image).read_bytes())
    return open_image(image if isinstance(image, bytes) else image.read())

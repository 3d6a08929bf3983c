"""Random changes of training images: one composed affine map and one photometric step.

The random numbers are drawn by numpy, a whole epoch at once; only the pixels
are left to the tensor library. So an augmentation is the same on every backend.
"""

from dataclasses import dataclass

import numpy as np
from keras import backend, ops

from letterpress.params.aug import Aug


@dataclass(frozen=True)
class Changes:
    """One change for each image; every field's first axes are those of the images.

    maps: float32 (…, 8), rows a0 a1 a2 b0 b1 b2 c0 c1 of the projective map
    from output pixels (x, y) to input pixels. offsets: float32 (…), added to
    the values. inverted: float32 (…), 1 where the image becomes 1 - image.
    """

    maps: np.ndarray
    offsets: np.ndarray
    inverted: np.ndarray


def draw(rng: np.random.Generator, shape: tuple[int, ...], size: tuple[int, int], aug: Aug) -> Changes:
    """Draw changes for an array of images of the given (height, width)."""

    def uniform(half: float) -> np.ndarray:
        return rng.uniform(-half, half, shape)

    maps = affine_maps(
        size,
        rotation=uniform(aug.rotation),
        **_shears(uniform(aug.shear), aug.shear_axis),
        zoom_x=1 + uniform(aug.zoom),
        zoom_y=1 + uniform(aug.zoom),
        shift_x=uniform(aug.shift),
        shift_y=uniform(aug.shift),
    )
    offsets = uniform(aug.channel_shift).astype(np.float32)
    inverted = (rng.random(shape) < aug.invert).astype(np.float32)
    return Changes(maps, offsets, inverted)


def _shears(angles: np.ndarray, axis: str) -> dict[str, np.ndarray]:
    none = np.zeros_like(angles)
    return {"shear_x": angles, "shear_y": none} if axis == "x" else {"shear_x": none, "shear_y": angles}


def affine_maps(
    size: tuple[int, int], *, rotation=0.0, shear_x=0.0, shear_y=0.0, zoom_x=1.0, zoom_y=1.0, shift_x=0.0, shift_y=0.0
) -> np.ndarray:
    """Compose zoom, shear, rotation and shift about the centre; all arguments broadcast.

    rotation and shears are in degrees, shifts in fractions of the side. As in
    Keras's ImageDataGenerator the map leads from output to input, a zoom of
    0.5 shows the inner half enlarged, and a shear turns one axis alone: that
    by shear_x the columns, so that letters lean, that by shear_y the rows.
    Returns float32 (…, 8).
    """
    height, width = size
    row, column = np.deg2rad(rotation) - np.deg2rad(shear_y), np.deg2rad(rotation) + np.deg2rad(shear_x)
    a0, a1 = zoom_x * np.cos(row), -zoom_y * np.sin(column)
    b0, b1 = zoom_x * np.sin(row), zoom_y * np.cos(column)
    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    a2 = centre_x + np.multiply(shift_x, width) - a0 * centre_x - a1 * centre_y
    b2 = centre_y + np.multiply(shift_y, height) - b0 * centre_x - b1 * centre_y
    zero = np.zeros_like(a0)
    rows = np.broadcast_arrays(a0, a1, a2, b0, b1, b2, zero, zero)
    return np.stack(rows, axis=-1).astype(np.float32)


def warp(images, maps, fill: str):
    """Resample images, float (n, h, w, 1), through their maps (n, 8), bilinearly."""
    return ops.image.affine_transform(
        images, maps, interpolation="bilinear", fill_mode=fill, data_format="channels_last"
    )


def recolour(images, offsets, inverted):
    """Offset the values of images, float (n, h, w, 1) in [0, 1], within each image's own range, then invert."""
    offsets, inverted = offsets[:, None, None, None], inverted[:, None, None, None]
    low = ops.min(images, axis=(1, 2, 3), keepdims=True)
    high = ops.max(images, axis=(1, 2, 3), keepdims=True)
    images = ops.minimum(ops.maximum(images + offsets, low), high)
    return images + inverted * (1.0 - 2.0 * images)


def to_unit(images):
    """uint8 (n, h, w) to float32 (n, h, w, 1) in [0, 1]; float32 images are standardised, and keep their values."""
    if backend.standardize_dtype(images.dtype) == "uint8":
        images = ops.cast(images, "float32") * (1.0 / 255.0)
    return images[..., None]

"""Transforms of pixels: one composed affine map and one intensity step, on the device."""

import numpy as np
from keras import backend, ops


def affine_maps(
    size: tuple[int, int],
    *,
    rotation=0.0,
    shear_x=0.0,
    shear_y=0.0,
    zoom_x=1.0,
    zoom_y=1.0,
    translation_x=0.0,
    translation_y=0.0,
) -> np.ndarray:
    """Compose zoom, shear, rotation and translation about the center to maps, float32 (…, 8).

    As in Keras's ImageDataGenerator a map leads from output to input pixels, a
    zoom of 0.5 shows the inner half enlarged, and a shear turns one axis only.
    All arguments but `size` broadcast.

    Args:
        size: (height, width) of the images in pixels.
        rotation: degrees, counterclockwise.
        shear_x: degrees by which columns lean, and the characters with them.
        shear_y: degrees by which rows climb.
        zoom_x: width of the part that is shown, as a fraction of the image's.
        zoom_y: its height.
        translation_x: fraction of the width.
        translation_y: fraction of the height.
    """
    height, width = size
    row, column = np.deg2rad(rotation) - np.deg2rad(shear_y), np.deg2rad(rotation) + np.deg2rad(shear_x)
    a0, a1 = zoom_x * np.cos(row), -zoom_y * np.sin(column)
    b0, b1 = zoom_x * np.sin(row), zoom_y * np.cos(column)
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    a2 = center_x + np.multiply(translation_x, width) - a0 * center_x - a1 * center_y
    b2 = center_y + np.multiply(translation_y, height) - b0 * center_x - b1 * center_y
    zero = np.zeros_like(a0)
    rows = np.broadcast_arrays(a0, a1, a2, b0, b1, b2, zero, zero)
    return np.stack(rows, axis=-1).astype(np.float32)


def warp(images, maps, fill_mode: str):
    """Resample images, float (n, h, w, 1), bilinearly through their maps, float32 (n, 8)."""
    return ops.image.affine_transform(
        images, maps, interpolation="bilinear", fill_mode=fill_mode, data_format="channels_last"
    )


def adjust_intensity(images, offsets, inverted):
    """Add offsets (n,) to images, float (n, h, w, 1) in [0, 1], clip to each image's own range, then invert."""
    offsets, inverted = offsets[:, None, None, None], inverted[:, None, None, None]
    low = ops.min(images, axis=(1, 2, 3), keepdims=True)
    high = ops.max(images, axis=(1, 2, 3), keepdims=True)
    images = ops.minimum(ops.maximum(images + offsets, low), high)
    return images + inverted * (1.0 - 2.0 * images)


def to_unit(images):
    """Scale uint8 (n, h, w) to float32 (n, h, w, 1) in [0, 1]; keep the values of standardized images, float32."""
    if backend.standardize_dtype(images.dtype) == "uint8":
        images = ops.cast(images, "float32") * (1.0 / 255.0)
    return images[..., None]

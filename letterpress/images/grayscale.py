"""Convert a colour image to grayscale in two ways: its luma, and its projection on the principal colour axis."""

import numpy as np
from PIL import Image

LUMA_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R 601
AXIS_SCALE = 1024  # the axis is rounded to integers of this scale, so that every CPU gives the same bits


def to_luma(image: Image.Image) -> Image.Image:
    """Convert to 8-bit luma (ITU-R 601), mode L."""
    return image.convert("L")


def to_pca_channel(image: Image.Image) -> Image.Image:
    """Project the pixels on the image's principal colour axis, stretched from 0 to 255, mode L.

    A red letter on green of the same luma vanishes in the luma, and is plain
    here. The lighter end of the axis is white; an image of one colour is black.
    """
    colors = np.asarray(image.convert("RGB"))
    projections = colors.astype(np.int64) @ _principal_axis(colors.reshape(-1, 3))
    low, range_ = projections.min(), max(np.ptp(projections), 1)
    return Image.fromarray(((2 * 255 * (projections - low) + range_) // (2 * range_)).astype(np.uint8))


def _principal_axis(colors: np.ndarray) -> np.ndarray:
    """Return the first principal axis of colours, uint8 (n, 3), towards the light, int64 (3,) times AXIS_SCALE."""
    centered = colors - colors.mean(axis=0)
    _, axes = np.linalg.eigh(centered.T @ centered)
    first = axes[:, -1]
    return np.rint(np.copysign(AXIS_SCALE, first @ LUMA_WEIGHTS) * first).astype(np.int64)

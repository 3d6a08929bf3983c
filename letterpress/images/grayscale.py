"""From a picture's colours to grey, in two ways."""

import numpy as np
from PIL import Image

LUMA = (0.299, 0.587, 0.114)  # ITU-R 601
STEPS = 1024  # of an axis's numbers: whole ones, so that every processor gives the same grey


def luma(picture: Image.Image) -> Image.Image:
    """As bright as people see it, mode L."""
    return picture.convert("L")


def contrast(picture: Image.Image) -> Image.Image:
    """Grey by the place along the axis of colour on which the pixels differ most, from black to white, mode L.

    A red letter on green of the same brightness is lost in the luma, and
    plain here. The lighter end is white; a picture of one colour is black.
    """
    colours = np.asarray(picture.convert("RGB"))
    places = colours.astype(np.int64) @ _axis(colours.reshape(-1, 3))
    low, range_ = places.min(), max(np.ptp(places), 1)
    return Image.fromarray(((2 * 255 * (places - low) + range_) // (2 * range_)).astype(np.uint8))


def _axis(colours: np.ndarray) -> np.ndarray:
    """The first principal axis of colours, uint8 (n, 3), towards the light, int64 (3,) in STEPS."""
    deviations = colours - colours.mean(axis=0)
    _, axes = np.linalg.eigh(deviations.T @ deviations)
    first = axes[:, -1]
    return np.rint(np.copysign(STEPS, first @ LUMA) * first).astype(np.int64)

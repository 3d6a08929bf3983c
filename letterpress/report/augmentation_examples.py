"""Training images as the network sees them, changed at random by the recipe's own augmentation."""

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.augmentation import sample_transforms
from letterpress.configuration.training import AugmentationConfig
from letterpress.report.thumbnails import data_url

ROWS, COLUMNS = 6, 9  # images, and changes of each


def sheet(images: np.ndarray, aug: AugmentationConfig) -> list[list[str]]:
    """A row an image of some, uint8 (n, h, w): the image itself, then changed, as addresses of PNGs."""
    runtime.prepare("float32")
    chosen = images[np.linspace(0, len(images) - 1, min(ROWS, len(images))).astype(int)]
    repeated = np.repeat(chosen, COLUMNS, axis=0)
    changes = sample_transforms(np.random.default_rng(0), (len(repeated),), images.shape[1:], aug)
    moved = warp(to_unit(repeated), changes.maps, aug.fill_mode)
    values = np.asarray(adjust_intensity(moved, changes.offsets, changes.inverted))[..., 0]
    changed = np.rint(values.clip(0, 1) * 255).astype(np.uint8).reshape(len(chosen), COLUMNS, *images.shape[1:])
    return [[data_url(image), *map(data_url, row)] for image, row in zip(chosen, changed, strict=True)]

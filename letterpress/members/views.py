"""Test-time augmentation: probabilities averaged over fixed views of each image."""

import numpy as np

from letterpress.members.augmentation import affine_maps
from letterpress.members.inference import Judge, softmax
from letterpress.params.predict import View


def probabilities(judge: Judge, images: np.ndarray, views: tuple[View, ...]) -> np.ndarray:
    """Images, uint8 (n, h, w), to the mean of their views' probabilities, float32 (n, classes)."""
    total = np.zeros((len(images), judge.n_classes), np.float64)
    for view in views:
        total += softmax(_logits(judge, images, view))
    return (total / len(views)).astype(np.float32)


def _logits(judge: Judge, images: np.ndarray, view: View) -> np.ndarray:
    if view == View(rotation=0, zoom=1, shift_x=0, shift_y=0, invert=False):
        return judge.logits(images)
    one_map = affine_maps(
        images.shape[1:],
        rotation=view.rotation,
        shear=0.0,
        zoom_x=1 / view.zoom,
        zoom_y=1 / view.zoom,
        shift_x=view.shift_x,
        shift_y=view.shift_y,
    )
    return judge.changed_logits(images, one_map, view.invert)

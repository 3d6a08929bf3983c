"""A trained member's probabilities, averaged over fixed views of each image (test-time augmentation)."""

from collections.abc import Sequence

import numpy as np

from letterpress.members.augmentation import affine_maps
from letterpress.members.heads import refine
from letterpress.members.inference import Judge, softmax
from letterpress.members.trained import TrainedMember, with_features
from letterpress.params.predict import Predict, View


def probabilities(member: TrainedMember, greys: Sequence[np.ndarray], params: Predict) -> np.ndarray:
    """The same images in one grey or several, uint8 (n, h, w), to the mean over all views, float32 (n, classes)."""
    judge = Judge(with_features(member.network) if member.heads else member.network, params.batch)
    total = sum(_sum_of_views(member, judge, images, params) for images in greys)
    return (total / (len(greys) * len(params.views))).astype(np.float32)


def _sum_of_views(member: TrainedMember, judge: Judge, images: np.ndarray, params: Predict) -> np.ndarray:
    if member.statistics is not None:
        images = member.statistics.standardize(images)
    return sum(_decide(member, _outputs(judge, images, view)).astype(np.float64) for view in params.views)


def _decide(member: TrainedMember, outputs: np.ndarray) -> np.ndarray:
    """Logits, and with heads the features behind them, float32 (n, outputs), to probabilities (n, classes)."""
    n_classes = member.network.output_shape[-1]
    plain = softmax(outputs[:, :n_classes])
    return refine(plain, outputs[:, n_classes:], member.heads)


def _outputs(judge: Judge, images: np.ndarray, view: View) -> np.ndarray:
    if view == View(rotation=0, zoom=1, shift_x=0, shift_y=0, invert=False):
        return judge.outputs(images)
    one_map = affine_maps(
        images.shape[1:],
        rotation=view.rotation,
        zoom_x=1 / view.zoom,
        zoom_y=1 / view.zoom,
        shift_x=view.shift_x,
        shift_y=view.shift_y,
    )
    return judge.changed_outputs(images, one_map, view.invert)

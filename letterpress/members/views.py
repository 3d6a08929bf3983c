"""A trained member's probabilities, averaged over fixed views of each image (test-time augmentation)."""

import numpy as np

from letterpress.members.augmentation import affine_maps
from letterpress.members.heads import refine
from letterpress.members.inference import Judge, softmax
from letterpress.members.trained import TrainedMember, with_features
from letterpress.params.predict import Predict, View


def probabilities(member: TrainedMember, images: np.ndarray, params: Predict) -> np.ndarray:
    """Images, uint8 (n, h, w), to the mean of their views' probabilities, float32 (n, classes)."""
    if member.statistics is not None:
        images = member.statistics.standardize(images)
    judge = Judge(with_features(member.network) if member.heads else member.network, params.batch)
    total = sum(_decide(member, _outputs(judge, images, view)).astype(np.float64) for view in params.views)
    return (total / len(params.views)).astype(np.float32)


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

"""A trained member's probabilities, averaged over fixed views of each image (test-time augmentation)."""

from collections.abc import Sequence

import numpy as np

from letterpress.configuration.ensemble import PredictConfig, ViewConfig
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.svc_head import refine
from letterpress.inference.transforms import affine_maps


def probabilities(member: TrainedMember, greys: Sequence[np.ndarray], params: PredictConfig) -> np.ndarray:
    """The same images in one grey or several, uint8 (n, h, w), to the mean over all views, float32 (n, classes)."""
    judge = Predictor(with_features(member.network) if member.heads else member.network, params.batch_size)
    total = sum(_sum_of_views(member, judge, images, params) for images in greys)
    return (total / (len(greys) * len(params.tta))).astype(np.float32)


def _sum_of_views(member: TrainedMember, judge: Predictor, images: np.ndarray, params: PredictConfig) -> np.ndarray:
    if member.statistics is not None:
        images = member.statistics.standardize(images)
    return sum(_decide(member, _outputs(judge, images, view)).astype(np.float64) for view in params.tta)


def _decide(member: TrainedMember, outputs: np.ndarray) -> np.ndarray:
    """Logits, and with heads the features behind them, float32 (n, outputs), to probabilities (n, classes)."""
    n_classes = member.network.output_shape[-1]
    plain = softmax(outputs[:, :n_classes])
    return refine(plain, outputs[:, n_classes:], member.heads)


def _outputs(judge: Predictor, images: np.ndarray, view: ViewConfig) -> np.ndarray:
    if view == ViewConfig(rotation=0, zoom=1, invert=False):
        return judge.outputs(images)
    one_map = affine_maps(
        images.shape[1:],
        rotation=view.rotation,
        zoom_x=1 / view.zoom,
        zoom_y=1 / view.zoom,
        translation_x=view.translation_x,
        translation_y=view.translation_y,
    )
    return judge.changed_outputs(images, one_map, view.invert)

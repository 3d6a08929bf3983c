"""A member's predictions with test-time augmentation: the mean over fixed transforms of each image."""

from collections.abc import Sequence

import numpy as np

from letterpress.configuration.ensemble import ViewConfig
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.svc_head import apply_heads
from letterpress.inference.transforms import affine_maps

BATCH_SIZE = 512
UNCHANGED = ViewConfig(rotation=0, zoom=1, invert=False)


def predict_proba(
    member: TrainedMember, channels: Sequence[np.ndarray], views: Sequence[ViewConfig], batch_size: int = BATCH_SIZE
) -> np.ndarray:
    """Predict each image's classes, float32 (n, classes): the mean over its channels and views.

    Args:
        member: a trained member.
        channels: one array of the images or several, uint8 (n, h, w) each.
        views: of test-time augmentation.
        batch_size: images at once; it changes no more than the last bits.
    """
    network = with_features(member.network) if member.heads else member.network
    predictor = Predictor(network, batch_size)
    total = sum(_sum_views(member, predictor, images, views) for images in channels)
    return (total / (len(channels) * len(views))).astype(np.float32)


def _sum_views(
    member: TrainedMember, predictor: Predictor, images: np.ndarray, views: Sequence[ViewConfig]
) -> np.ndarray:
    if member.statistics is not None:
        images = member.statistics.standardize(images)
    return sum(_to_proba(member, _predict_view(predictor, images, view)).astype(np.float64) for view in views)


def _predict_view(predictor: Predictor, images: np.ndarray, view: ViewConfig) -> np.ndarray:
    """Return the network's outputs for one view of the images."""
    if view == UNCHANGED:
        return predictor.predict(images)
    zoom = 1 / view.zoom
    affine_map = affine_maps(images.shape[1:], rotation=view.rotation, zoom_x=zoom, zoom_y=zoom)
    return predictor.predict_transformed(images, affine_map, view.invert)


def _to_proba(member: TrainedMember, outputs: np.ndarray) -> np.ndarray:
    """Turn logits, and with heads the features after them, into probabilities, float32 (n, classes)."""
    n_classes = member.network.output_shape[-1]
    return apply_heads(softmax(outputs[:, :n_classes]), outputs[:, n_classes:], member.heads)

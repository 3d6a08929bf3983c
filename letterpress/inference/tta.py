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


class MemberPredictor:
    """A trained member with its test-time augmentation, compiled once; threads may share it.

    views: of test-time augmentation. batch_size: images at once; it changes no more than the last bits.
    """

    def __init__(self, member: TrainedMember, views: Sequence[ViewConfig], batch_size: int = BATCH_SIZE) -> None:
        self.member, self.views = member, views
        network = with_features(member.network) if member.heads else member.network
        self._predictor = Predictor(network, batch_size)

    def predict_proba(self, channels: Sequence[np.ndarray]) -> np.ndarray:
        """Predict each image's classes, float32 (n, classes): the mean over its channels and views.

        channels: one array of the images or several, uint8 (n, h, w) each.
        """
        total = sum(self._sum_views(images) for images in channels)
        return (total / (len(channels) * len(self.views))).astype(np.float32)

    def _sum_views(self, images: np.ndarray) -> np.ndarray:
        if self.member.statistics is not None:
            images = self.member.statistics.standardize(images)
        return sum(self._to_proba(self._predict_view(images, view)).astype(np.float64) for view in self.views)

    def _predict_view(self, images: np.ndarray, view: ViewConfig) -> np.ndarray:
        """Return the network's outputs for one view of the images."""
        if view == UNCHANGED:
            return self._predictor.predict(images)
        zoom = 1 / view.zoom
        affine_map = affine_maps(images.shape[1:], rotation=view.rotation, zoom_x=zoom, zoom_y=zoom)
        return self._predictor.predict_transformed(images, affine_map, view.invert)

    def _to_proba(self, outputs: np.ndarray) -> np.ndarray:
        """Turn logits, and with heads the features after them, into probabilities, float32 (n, classes)."""
        n_classes = self.member.network.output_shape[-1]
        return apply_heads(softmax(outputs[:, :n_classes]), outputs[:, n_classes:], self.member.heads)

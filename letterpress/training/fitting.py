"""Fit one member: statistics of the pixels, the network, and heads on its features, as far as they are wanted."""

from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, SvcConfig, TrainConfig
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.predictor import Predictor
from letterpress.training import svc as heads
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.trainer import VALIDATION_BATCH_SIZE, Data, OnEpoch, Training


@dataclass(frozen=True)
class Callbacks:
    """Whom to tell of every epoch, and of every head that was found."""

    epoch: OnEpoch
    head: heads.Found


def fit(
    member: MemberConfig,
    params: TrainConfig,
    aug: AugmentationConfig,
    data: Data,
    checkpoint: Checkpoint,
    watcher: Callbacks,
    initial: Path | None = None,
) -> tuple[TrainedMember, list[dict]]:
    """Learn from the data's uint8 images; returns the member and its learning curve, a dict an epoch.

    `initial` is a file of weights to begin with, None for random ones.
    """
    if params.head is not None:
        heads.check(_head_images(params.head, data)[1], data.classes, params.head)
    statistics = None
    if params.per_pixel_standardize:
        statistics = PixelStatistics.of(data.images)
        data = replace(
            data,
            images=statistics.standardize(data.images),
            validation_images=statistics.standardize(data.validation_images),
            letters=data.letters and replace(data.letters, images=statistics.standardize(data.letters.images)),
        )
    training = Training(member, params, aug, data, checkpoint, watcher.epoch, initial)
    network = training.fit()
    fitted = _fit_heads(network, params.head, data, member.seed, watcher.head) if params.head else {}
    return TrainedMember(network, statistics, fitted), training.history


def _head_images(params: SvcConfig, data: Data) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels that heads learn from; hold-out images are not in the data at all."""
    if not params.fit_on_validation:
        return data.images, data.labels
    return (
        np.concatenate([data.images, data.validation_images]),
        np.concatenate([data.labels, data.validation_labels]),
    )


def _fit_heads(network: keras.Model, params: SvcConfig, data: Data, seed: int, found: heads.Found) -> dict:
    """Heads learn from images as they are, without augmentation."""
    images, labels = _head_images(params, data)
    outputs = Predictor(with_features(network), VALIDATION_BATCH_SIZE).outputs(images)
    return heads.fit(outputs[:, len(data.classes) :], labels, data.classes, params, seed, found)

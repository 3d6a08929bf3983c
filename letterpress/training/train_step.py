"""What a training step is made of, whatever the backend."""

from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Setting:
    """A network, and how a step changes it.

    `averaged` follows the network's weights with an exponential moving average
    of the given decay, unless that is 0. `fill` is the augmentation's fill
    mode, or None where images are not to be changed.
    """

    network: keras.Model
    averaged: keras.Model
    optimizer: keras.optimizers.Optimizer
    label_smoothing: float
    decay: float
    fill: str | None

    def loss(self) -> keras.losses.Loss:
        """Cross-entropy of logits and one-hot targets."""
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=self.label_smoothing)

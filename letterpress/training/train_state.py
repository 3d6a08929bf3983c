"""The one state of a training: networks, optimizer, progress."""

from dataclasses import dataclass, field

import keras
import numpy as np
from keras import ops

from letterpress.training.checkpoint import Progress


@dataclass
class TrainState:
    """Everything that a training changes.

    ema_network: the exponential moving average of the network's weights, which
    is evaluated and kept; without averaging a copy of the network. optimizer:
    of the current phase, None before the first.
    """

    network: keras.Model
    ema_network: keras.Model
    optimizer: keras.optimizers.Optimizer | None = None
    progress: Progress = field(default_factory=Progress)

    @property
    def history(self) -> list[dict]:
        """Return a dict an epoch: epoch, learning_rate, loss, accuracy, validation_loss, validation_accuracy."""
        return self.progress.history

    def values(self) -> list[np.ndarray]:
        """Return the values of all variables, the optimizer's included."""
        return [np.asarray(variable) for variable in self._variables()]

    def assign(self, values: list[np.ndarray]) -> None:
        """Set all variables to what `values` has returned in the same phase."""
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def _variables(self) -> list:
        return [*self.network.variables, *self.ema_network.variables, *self.optimizer.variables]


@dataclass(frozen=True)
class StepConfig:
    """Parameters of a training step.

    ema_decay: 0 is off. fill_mode: None leaves images unchanged. class_weight:
    float32 (n_classes,), None where all classes weigh the same.
    """

    label_smoothing: float
    ema_decay: float
    fill_mode: str | None
    class_weight: np.ndarray | None = None

    def loss(self, targets, logits):
        """Return the mean cross-entropy of logits, float (n, n_classes), each image weighted as its class."""
        cross_entropy = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=self.label_smoothing)
        weights = None if self.class_weight is None else ops.matmul(targets, self.class_weight)
        return cross_entropy(targets, logits, sample_weight=weights)

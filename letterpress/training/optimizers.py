"""Optimisers and learning-rate schedules from their parameters."""

import dataclasses

import keras
from keras import ops

from letterpress.configuration.training import OneCycleConfig, PhaseConfig, ReduceOnPlateauConfig

OPTIMIZERS = {
    "sgd": keras.optimizers.SGD,
    "adam": keras.optimizers.Adam,
    "adamax": keras.optimizers.Adamax,
    "adadelta": keras.optimizers.Adadelta,
    "rmsprop": keras.optimizers.RMSprop,
}
NOT_DECAYED = ("bias", "gamma", "beta")  # only kernels shrink


def make_optimizer(phase: PhaseConfig, network: keras.Model, steps: int) -> keras.optimizers.Optimizer:
    """The phase's optimiser for the network's weights; `steps` is how many it will take in all."""
    options = dataclasses.asdict(phase.optimizer)
    kind, rate = OPTIMIZERS[options.pop("name")], options.pop("learning_rate")
    if isinstance(phase.schedule, OneCycleConfig):
        rate = OneCycleSchedule(rate, phase.schedule.pct_start, steps)
    optimizer = kind(learning_rate=rate, weight_decay=phase.weight_decay or None, **options)
    optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    optimizer.build(network.trainable_variables)
    return optimizer


@keras.saving.register_keras_serializable(package="letterpress")
class OneCycleSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """From 0 up to `highest` at the fraction `peak` of the steps, then down to 0, both linearly."""

    def __init__(self, highest: float, peak: float, steps: int) -> None:
        self.highest, self.peak, self.steps = highest, peak, steps

    def __call__(self, step):
        done = (ops.cast(step, "float32") + 0.5) / self.steps
        up = done / max(self.peak, 1e-6)
        down = (1.0 - done) / max(1.0 - self.peak, 1e-6)
        return self.highest * ops.maximum(ops.minimum(up, down), 0.0)

    def get_config(self) -> dict:
        return {"highest": self.highest, "peak": self.peak, "steps": self.steps}


class ReduceOnPlateau:
    """Lower the optimiser's rate after `patience` epochs without a better validation."""

    def __init__(self, params: ReduceOnPlateauConfig, optimizer: keras.optimizers.Optimizer) -> None:
        self.params, self.optimizer = params, optimizer
        self.best, self.waited = -float("inf"), 0

    def update(self, accuracy: float, loss: float) -> None:
        """Take one epoch's validation figures into account."""
        score = accuracy if self.params.monitor == "accuracy" else -loss
        if score > self.best:
            self.best, self.waited = score, 0
            return
        self.waited += 1
        if self.waited >= self.params.patience:
            rate = float(self.optimizer.learning_rate)
            self.optimizer.learning_rate = min(rate, max(rate * self.params.factor, self.params.min_lr))
            self.waited = 0

"""Optimizers and learning-rate schedules from their parameters."""

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
NOT_DECAYED = ("bias", "gamma", "beta")  # only kernels decay
EPS = 1e-6


def make_optimizer(phase: PhaseConfig, network: keras.Model, steps: int) -> keras.optimizers.Optimizer:
    """Build the phase's optimizer for the network's weights; `steps` is the number of steps of the whole phase."""
    kwargs = dataclasses.asdict(phase.optimizer)
    optimizer_class, rate = OPTIMIZERS[kwargs.pop("name")], kwargs.pop("learning_rate")
    if isinstance(phase.schedule, OneCycleConfig):
        rate = OneCycleSchedule(rate, phase.schedule.pct_start, steps)
    optimizer = optimizer_class(learning_rate=rate, weight_decay=phase.weight_decay or None, **kwargs)
    optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    optimizer.build(network.trainable_variables)
    return optimizer


@keras.saving.register_keras_serializable(package="letterpress")
class OneCycleSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly from 0 to `max_lr` over the fraction `pct_start` of the steps, then fall linearly to 0."""

    def __init__(self, max_lr: float, pct_start: float, steps: int) -> None:
        self.max_lr, self.pct_start, self.steps = max_lr, pct_start, steps

    def __call__(self, step):
        done = (ops.cast(step, "float32") + 0.5) / self.steps
        up = done / max(self.pct_start, EPS)
        down = (1.0 - done) / max(1.0 - self.pct_start, EPS)
        return self.max_lr * ops.maximum(ops.minimum(up, down), 0.0)

    def get_config(self) -> dict:
        return {"max_lr": self.max_lr, "pct_start": self.pct_start, "steps": self.steps}


class ReduceOnPlateau:
    """Lower the optimizer's learning rate after `patience` epochs without a better validation score."""

    def __init__(self, params: ReduceOnPlateauConfig, optimizer: keras.optimizers.Optimizer) -> None:
        self.params, self.optimizer = params, optimizer
        self.best_score, self.wait = -float("inf"), 0

    def update(self, accuracy: float, loss: float) -> None:
        """Compare one epoch's validation metrics with the best so far."""
        score = accuracy if self.params.monitor == "accuracy" else -loss
        if score > self.best_score:
            self.best_score, self.wait = score, 0
            return
        self.wait += 1
        if self.wait >= self.params.patience:
            rate = float(self.optimizer.learning_rate)
            self.optimizer.learning_rate = min(rate, max(rate * self.params.factor, self.params.min_lr))
            self.wait = 0

"""Train one network, phase by phase and epoch by epoch."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, PhaseConfig, ReduceOnPlateauConfig, TrainConfig
from letterpress.inference import factory as networks
from letterpress.inference.predictor import Predictor, softmax
from letterpress.infrastructure.errors import UserError
from letterpress.training.augmentation import sample_transforms
from letterpress.training.checkpoint import Checkpoint, Progress
from letterpress.training.optimizers import ReduceOnPlateau, make_optimizer
from letterpress.training.sampler import Batches, shuffle
from letterpress.training.train_step import Setting

STEPS_PER_CALL = 16
VALIDATION_BATCH_SIZE = 512


@dataclass(frozen=True)
class Letters:
    """Rendered letters that are learned beside a member's own images, so many of them drawn anew for each epoch."""

    images: np.ndarray
    labels: np.ndarray
    per_epoch: int


@dataclass(frozen=True)
class Data:
    """What a member learns from and is validated on.

    Images are uint8 (n, h, w), or float32 where they are standardised; labels are int32 (n,) indices of `classes`.
    """

    images: np.ndarray
    labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    classes: list[str]
    letters: Letters | None = None

    @property
    def per_epoch(self) -> int:
        """How many images an epoch goes through."""
        return len(self.images) + (self.letters.per_epoch if self.letters else 0)

    def learned(self) -> tuple[np.ndarray, np.ndarray]:
        """All images and labels that may be learned from: the member's own, then the letters."""
        if self.letters is None:
            return self.images, self.labels
        own, letters = (self.images, self.labels), (self.letters.images, self.letters.labels)
        return tuple(np.concatenate(pair) for pair in zip(own, letters, strict=True))

    def order(self, rng: np.random.Generator, steps: int, batch: int) -> np.ndarray:
        """Indices of `learned` for one epoch, int32 (steps, batch)."""
        if self.letters is None:
            return shuffle(rng, len(self.images), steps, batch)
        return shuffle(rng, len(self.images), steps, batch, len(self.letters.images), self.letters.per_epoch)


@dataclass(frozen=True)
class Pace:
    """What varies from run to run: how long an epoch's training steps took."""

    images: int
    seconds: float


OnEpoch = Callable[[dict, Pace], None]


def stepper_class() -> type:
    """The training step of the backend at hand: TensorFlow's or JAX's."""
    return import_module(f"letterpress.training.train_step_{keras.backend.backend()}").Stepper


class Training:
    """One member's training; `fit` returns the network with the weights to keep.

    Raises UserError where the loss is no longer a number.
    """

    def __init__(
        self,
        member: MemberConfig,
        params: TrainConfig,
        aug: AugmentationConfig,
        data: Data,
        checkpoint: Checkpoint,
        on_epoch: OnEpoch,
        initial: Path | None = None,
    ) -> None:
        self.member, self.params, self.aug, self.data = member, params, aug, data
        self.checkpoint, self.on_epoch = checkpoint, on_epoch
        size = data.images.shape[1:]
        self.network = networks.build(member, size, len(data.classes))
        networks.adapt(self.network, data.images)
        if initial is not None:
            networks.load_weights(self.network, initial)
        self.averaged = networks.build(member, size, len(data.classes))  # judged, and kept in the end
        networks.copy_weights(self.network, self.averaged)
        self.judge = Predictor(self.averaged, VALIDATION_BATCH_SIZE)
        self.progress = Progress()

    def fit(self) -> keras.Model:
        """Run all epochs that are left."""
        saved = self.checkpoint.load()
        variables = None
        if saved is not None:
            self.progress, variables = saved
        for index in range(self.progress.phase, len(self.params.phases)):
            if index > self.progress.phase:
                self.progress.phase, self.progress.epoch = index, 0
                self.progress.plateau = Progress.plateau
            self._run_phase(self.params.phases[index], variables)
            variables = None
        if self.progress.best_weights:
            self.averaged.set_weights(self.progress.best_weights)
        return self.averaged

    @property
    def history(self) -> list[dict]:
        """A dict an epoch: epoch, learning_rate, loss, accuracy and the same two of validation."""
        return self.progress.history

    def _run_phase(self, phase: PhaseConfig, variables: list[np.ndarray] | None) -> None:
        steps = phase.steps_per_epoch or max(1, self.data.per_epoch // self.params.batch_size)
        optimizer = make_optimizer(phase, self.network, steps * phase.epochs)
        if variables is not None:
            for variable, value in zip(self._variables(optimizer), variables, strict=True):
                variable.assign(value)
        elif phase.ema_decay > 0:
            networks.copy_weights(self.network, self.averaged)
        fill = self.aug.fill_mode if phase.augment else None
        setting = Setting(self.network, self.averaged, optimizer, self.params.label_smoothing, phase.ema_decay, fill)
        stepper = stepper_class()(setting, *self.data.learned())
        plateau = self._plateau(phase, optimizer)
        for epoch in range(self.progress.epoch, phase.epochs):
            started = time.perf_counter()
            loss, accuracy = self._run_epoch(stepper, steps)
            pace = Pace(steps * self.params.batch_size, time.perf_counter() - started)
            self._end_epoch(phase, optimizer, plateau, loss, accuracy)
            self.progress.epoch = epoch + 1
            self.checkpoint.save(self.progress, [np.asarray(v) for v in self._variables(optimizer)])
            self.on_epoch(self.history[-1], pace)

    def _run_epoch(self, stepper, steps: int) -> tuple[float, float]:
        """Mean loss and accuracy over one epoch's steps, on the images as they were changed."""
        rng = np.random.default_rng((self.member.seed, len(self.history)))
        order = self.data.order(rng, steps, self.params.batch_size)
        changes = sample_transforms(rng, order.shape, self.data.images.shape[1:], self.aug)
        loss = right = 0.0
        for chunk in Batches(order, changes).chunks(STEPS_PER_CALL):
            chunk_loss, chunk_right = stepper.run(chunk)
            loss, right = loss + chunk_loss, right + chunk_right
        return loss / steps, right / order.size

    def _end_epoch(self, phase, optimizer, plateau, loss: float, accuracy: float) -> None:
        """Predictor the validation images with the weights as they would be kept, and note the figures."""
        if phase.ema_decay > 0:
            for average, value in zip(
                self.averaged.non_trainable_variables, self.network.non_trainable_variables, strict=True
            ):
                average.assign(value)
        else:
            networks.copy_weights(self.network, self.averaged)
        row = {
            "epoch": len(self.history) + 1,
            "learning_rate": float(optimizer.learning_rate),
            "loss": loss,
            "accuracy": accuracy,
            **self._validate(loss),
        }
        self.history.append(row)
        if self.params.monitor is not None:
            self._keep_best(row)
        if plateau is not None:
            plateau.update(row["validation_accuracy"], row["validation_loss"])
            self.progress.plateau = (plateau.best, plateau.waited)

    def _validate(self, loss: float) -> dict[str, float]:
        """The validation images' figures; raises UserError where the network no longer gives numbers.

        The epoch's loss is that before its last step: so the answers after it are looked at as well.
        """
        labels = self.data.validation_labels
        judged = self.data.validation_images if len(labels) else self.data.images[:VALIDATION_BATCH_SIZE]
        logits = self.judge.outputs(judged)
        if not (math.isfinite(loss) and np.isfinite(logits).all()):
            raise UserError(
                f"params.yaml: the training diverged in epoch {len(self.history) + 1} (loss {loss:g}): "
                "lower the learning rate in train.phases."
            )
        if len(labels) == 0:
            return {}
        probabilities = softmax(logits)
        true_class_probability = probabilities[np.arange(len(labels)), labels]
        return {
            "validation_loss": float(-np.log(np.maximum(true_class_probability, 1e-7)).mean()),
            "validation_accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        }

    def _keep_best(self, row: dict) -> None:
        score = row["validation_accuracy"] if self.params.monitor == "accuracy" else -row["validation_loss"]
        if score > self.progress.best_score:
            self.progress.best_score = score
            self.progress.best_weights = self.averaged.get_weights()

    def _plateau(self, phase: PhaseConfig, optimizer: keras.optimizers.Optimizer) -> ReduceOnPlateau | None:
        if not isinstance(phase.schedule, ReduceOnPlateauConfig):
            return None
        plateau = ReduceOnPlateau(phase.schedule, optimizer)
        plateau.best, plateau.waited = self.progress.plateau
        return plateau

    def _variables(self, optimizer: keras.optimizers.Optimizer) -> list:
        """All that changes from step to step."""
        return [*self.network.variables, *self.averaged.variables, *optimizer.variables]

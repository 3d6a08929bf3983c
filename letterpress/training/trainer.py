"""Train a member: its network phase by phase and epoch by epoch, then its heads."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import keras
import numpy as np

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, PhaseConfig, ReduceOnPlateauConfig, TrainConfig
from letterpress.inference.factory import adapt_layers, build_network, copy_weights, load_weights
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.predictor import Predictor, softmax
from letterpress.inference.svc_head import Head
from letterpress.infrastructure.errors import UserError
from letterpress.training.augmentation import sample_transforms
from letterpress.training.cache_key import compute_cache_key
from letterpress.training.callbacks import Callback, Pace
from letterpress.training.checkpoint import CHECKPOINTS, Checkpoint
from letterpress.training.csv_log import CsvLog
from letterpress.training.optimizers import ReduceOnPlateau, make_optimizer
from letterpress.training.progress_bar import ProgressBar
from letterpress.training.sampler import Batches
from letterpress.training.svc import check_folds, fit_heads
from letterpress.training.train_state import StepConfig, TrainState
from letterpress.training.training_data import TrainingData

STEPS_PER_CALL = 16
VALIDATION_BATCH_SIZE = 512
EPS = 1e-7  # the smallest probability in a cross-entropy


@dataclass(frozen=True)
class TrainingSpec:
    """What to train, and how; with the images it determines the result.

    initial_weights: a .weights.h5 of the same network, None for random weights.
    """

    member: MemberConfig
    train: TrainConfig
    aug: AugmentationConfig
    initial_weights: Path | None = None


def train_member(name: str, spec: TrainingSpec, data: TrainingData, folder: Path, log: CsvLog) -> dict:
    """Train, or resume from checkpoints/<name>.npz; return the number of epochs run and their speed.

    Args:
        name: of the training on screen and of its checkpoint.
        spec: member and parameters.
        data: training and validation images.
        folder: where the trained member is saved.
        log: writes the learning curve after every epoch.
    """
    checkpoint = Checkpoint(CHECKPOINTS / f"{name}.npz", compute_cache_key(spec, data))
    with ProgressBar(name, sum(phase.epochs for phase in spec.train.phases)) as bar:
        trainer = Trainer(spec, data, checkpoint, callbacks=(bar, log))
        trained = trainer.fit()
    trained.save(folder)
    log.write(trainer.state.history)
    checkpoint.remove()
    return bar.summary()


def load_train_step() -> type:
    """Import the TrainStep of the backend, TensorFlow or JAX."""
    return import_module(f"letterpress.training.train_step_{keras.backend.backend()}").TrainStep


class Trainer:
    """One training; `state` holds everything that it changes.

    Raises UserError where the initial weights do not fit the network, a class
    has too few images for the heads, or the training diverges.

    Args:
        spec: member and parameters.
        data: training and validation images, uint8 (n, h, w).
        checkpoint: saved after every epoch, loaded by `fit`.
        callbacks: called after every epoch and every head.
    """

    def __init__(
        self, spec: TrainingSpec, data: TrainingData, checkpoint: Checkpoint, callbacks: Sequence[Callback] = ()
    ) -> None:
        self.spec, self.train, self.data = spec, spec.train, data
        self.checkpoint, self.callbacks = checkpoint, callbacks
        self.fit_on_validation = self.train.head is not None and self.train.head.fit_on_validation
        if self.train.head is not None:
            check_folds(self._head_data()[1], data.classes, self.train.head)
        self.statistics = None
        if self.train.per_pixel_standardize:
            self.statistics = PixelStatistics.from_images(data.images)
            self.data = data.standardize(self.statistics)
        self.state = self._build_state()
        self.predictor = Predictor(self.state.ema_network, VALIDATION_BATCH_SIZE)

    def fit(self) -> TrainedMember:
        """Run all epochs that are left, then fit the heads."""
        saved, values = self.checkpoint.load(), None
        if saved is not None:
            self.state.progress, values = saved
        for index in range(self.state.progress.phase, len(self.train.phases)):
            self.state.progress.start_phase(index)
            self._run_phase(self.train.phases[index], values)
            values = None
        if self.state.progress.best_weights:
            self.state.ema_network.set_weights(self.state.progress.best_weights)
        heads = self._fit_heads() if self.train.head is not None else {}
        return TrainedMember(self.spec.member, self.state.ema_network, self.statistics, heads, self.fit_on_validation)

    def _build_state(self) -> TrainState:
        size, n_classes = self.data.images.shape[1:], len(self.data.classes)
        network = build_network(self.spec.member, size, n_classes)
        adapt_layers(network, self.data.images)
        if self.spec.initial_weights is not None:
            load_weights(network, self.spec.initial_weights)
        ema_network = build_network(self.spec.member, size, n_classes)
        copy_weights(network, ema_network)
        return TrainState(network, ema_network)

    def _run_phase(self, phase: PhaseConfig, values: list[np.ndarray] | None) -> None:
        """Run the epochs of a phase that are left; `values` are those of a resumed phase's variables."""
        steps = phase.steps_per_epoch or max(1, self.data.n_per_epoch // self.train.batch_size)
        self.state.optimizer = make_optimizer(phase, self.state.network, steps * phase.epochs)
        if values is not None:
            self.state.assign(values)
        elif phase.ema_decay > 0:
            copy_weights(self.state.network, self.state.ema_network)
        train_step, plateau = self._make_train_step(phase), self._make_plateau(phase)
        for epoch in range(self.state.progress.epoch, phase.epochs):
            started = time.perf_counter()
            loss, accuracy = self._run_epoch(train_step, steps)
            pace = Pace(steps * self.train.batch_size, time.perf_counter() - started)
            self._update_ema_network(phase)
            self._evaluate(loss, accuracy, plateau)
            self.state.progress.epoch = epoch + 1
            self.checkpoint.save(self.state.progress, self.state.values())
            for callback in self.callbacks:
                callback.on_epoch_end(self.state.history, pace)

    def _make_train_step(self, phase: PhaseConfig):
        fill_mode = self.spec.aug.fill_mode if phase.augment else None
        class_weight = self.data.class_weight() if self.train.class_weight == "balanced" else None
        config = StepConfig(self.train.label_smoothing, phase.ema_decay, fill_mode, class_weight)
        return load_train_step()(self.state, config, *self.data.with_synthetic())

    def _make_plateau(self, phase: PhaseConfig) -> ReduceOnPlateau | None:
        if not isinstance(phase.schedule, ReduceOnPlateauConfig):
            return None
        plateau = ReduceOnPlateau(phase.schedule, self.state.optimizer)
        plateau.best_score, plateau.wait = self.state.progress.plateau
        return plateau

    def _run_epoch(self, train_step, steps: int) -> tuple[float, float]:
        """Run one epoch's steps; return their mean loss and accuracy on the augmented images."""
        rng = np.random.default_rng((self.spec.member.seed, len(self.state.history)))
        order = self.data.sample_epoch(rng, steps, self.train.batch_size)
        transforms = sample_transforms(rng, order.shape, self.data.images.shape[1:], self.spec.aug)
        loss = n_correct = 0.0
        for chunk in Batches(order, transforms).chunks(STEPS_PER_CALL):
            chunk_loss, chunk_correct = train_step.run(chunk)
            loss, n_correct = loss + chunk_loss, n_correct + chunk_correct
        return loss / steps, n_correct / order.size

    def _update_ema_network(self, phase: PhaseConfig) -> None:
        """Copy what steps do not average: the moving statistics, or without averaging all weights."""
        network, ema_network = self.state.network, self.state.ema_network
        if phase.ema_decay == 0:
            copy_weights(network, ema_network)
            return
        variables = zip(ema_network.non_trainable_variables, network.non_trainable_variables, strict=True)
        for average, value in variables:
            average.assign(value)

    def _evaluate(self, loss: float, accuracy: float, plateau: ReduceOnPlateau | None) -> None:
        """Append the epoch's metrics to the history; keep the best weights; lower the rate on a plateau."""
        progress = self.state.progress
        row = {
            "epoch": len(progress.history) + 1,
            "learning_rate": float(self.state.optimizer.learning_rate),
            "loss": loss,
            "accuracy": accuracy,
            **self._validate(loss),
        }
        progress.history.append(row)
        if self.train.monitor is not None:
            score = row["validation_accuracy"] if self.train.monitor == "accuracy" else -row["validation_loss"]
            if score > progress.best_score:
                progress.best_score = score
                progress.best_weights = self.state.ema_network.get_weights()
        if plateau is not None:
            plateau.update(row["validation_accuracy"], row["validation_loss"])
            progress.plateau = (plateau.best_score, plateau.wait)

    def _validate(self, loss: float) -> dict[str, float]:
        """Return the validation metrics; raise UserError where loss or outputs are not finite.

        The epoch's loss is that before its last step, so the outputs after it are checked as well.
        """
        labels = self.data.validation_labels
        images = self.data.validation_images if len(labels) else self.data.images[:VALIDATION_BATCH_SIZE]
        logits = self.predictor.predict(images)
        if not (math.isfinite(loss) and np.isfinite(logits).all()):
            raise UserError(
                f"params.yaml: the training diverged in epoch {len(self.state.history) + 1} (loss {loss:g}): "
                "lower the learning rate in train.phases."
            )
        if len(labels) == 0:
            return {}
        probabilities = softmax(logits)
        true_class_probability = probabilities[np.arange(len(labels)), labels]
        return {
            "validation_loss": float(-np.log(np.maximum(true_class_probability, EPS)).mean()),
            "validation_accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        }

    def _head_data(self) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels to fit heads on; the hold-out is not in the data at all."""
        return self.data.with_validation() if self.fit_on_validation else (self.data.images, self.data.labels)

    def _fit_heads(self) -> dict[str, Head]:
        """Fit heads on the features of images without augmentation."""
        images, labels = self._head_data()
        network, n_classes = with_features(self.state.ema_network), len(self.data.classes)
        features = Predictor(network, VALIDATION_BATCH_SIZE).predict(images)[:, n_classes:]
        heads = {}
        for fitted in fit_heads(features, labels, self.data.classes, self.train.head, self.spec.member.seed):
            for callback in self.callbacks:
                callback.on_head_end(fitted.group, fitted.best_params, fitted.accuracy)
            heads[fitted.group] = fitted.head
        return heads

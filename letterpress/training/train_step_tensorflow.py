"""The training step on TensorFlow: many steps in one graph, data and augmentation on the device."""

import numpy as np
import tensorflow as tf

from letterpress.inference.layers.device import list_gpus
from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.sampler import Batches
from letterpress.training.train_state import StepConfig, TrainState

MIN_WEIGHTS_FOR_XLA = 2_000_000  # XLA compiles for half a second, and then writes each weight once, not ten times


class TrainStep:
    """Runs training steps on a state; built once per phase, traced once.

    The images, uint8 (n, h, w) or float32 where they are standardized, and
    labels, int32 (n,), stay on the device.
    """

    def __init__(self, state: TrainState, config: StepConfig, images: np.ndarray, labels: np.ndarray) -> None:
        self.network, self.ema_network, self.optimizer = state.network, state.ema_network, state.optimizer
        self.config = config
        self.images, self.targets = tf.constant(images), tf.one_hot(labels, self.network.output_shape[-1])
        use_xla = self.network.count_params() >= MIN_WEIGHTS_FOR_XLA and not list_gpus()
        self.update = tf.function(self._update, jit_compile=use_xla)

    def run(self, batches: Batches) -> tuple[float, float]:
        """Take a step for each batch; return the sums of their losses and of their correct predictions."""
        arrays = [tf.constant(array) for array in batches.arrays()]
        loss, n_correct = self._run_steps(*arrays)
        return float(loss), float(n_correct)

    @tf.function(jit_compile=False, reduce_retracing=True)
    def _run_steps(self, order, maps, offsets, inverted):
        loss, n_correct = tf.constant(0.0), tf.constant(0.0)
        for i in tf.range(tf.shape(order)[0]):
            step_loss, step_correct = self._step(order[i], maps[i], offsets[i], inverted[i])
            loss, n_correct = loss + step_loss, n_correct + step_correct
        return loss, n_correct

    def _step(self, indices, maps, offsets, inverted):
        images = to_unit(tf.gather(self.images, indices))
        if self.config.fill_mode is not None:
            images = adjust_intensity(warp(images, maps, self.config.fill_mode), offsets, inverted)
        targets = tf.gather(self.targets, indices)
        with tf.GradientTape() as tape:
            logits = self.network(images, training=True)
            loss = self.config.loss(targets, logits)
        self.update(tape.gradient(loss, self.network.trainable_variables))
        correct = tf.argmax(logits, -1) == tf.argmax(targets, -1)
        return loss, tf.reduce_sum(tf.cast(correct, "float32"))

    def _update(self, gradients) -> None:
        self.optimizer.apply(gradients, self.network.trainable_variables)
        self._update_ema()

    def _update_ema(self) -> None:
        """Decay faster in the first steps, so that the average forgets the initial weights."""
        if self.config.ema_decay == 0:
            return
        steps = tf.cast(self.optimizer.iterations, "float32")
        decay = tf.minimum(self.config.ema_decay, (1.0 + steps) / (10.0 + steps))
        for average, weight in zip(
            self.ema_network.trainable_variables, self.network.trainable_variables, strict=True
        ):
            average.assign_sub((1.0 - decay) * (average - weight))

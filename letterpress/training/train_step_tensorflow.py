"""The training step on TensorFlow: many steps in one graph, data and augmentation on the device."""

import tensorflow as tf

from letterpress.inference.precision import gpus
from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.sampler import Batches
from letterpress.training.train_step import Setting

COMPILED_FROM = 2_000_000  # weights; XLA takes half a second to compile, and then writes each once, not ten times


class Stepper:
    """Runs training steps; built once per phase, traced once.

    The images, uint8 (n, h, w) or float32 where they are standardised, and
    labels, int32 (n,), stay on the device.
    """

    def __init__(self, setting: Setting, images, labels) -> None:
        self.setting, self.loss = setting, setting.loss()
        self.images, self.targets = tf.constant(images), tf.one_hot(labels, setting.network.output_shape[-1])
        pays = setting.network.count_params() >= COMPILED_FROM and not gpus()
        self.update = tf.function(self._update, jit_compile=pays)

    def run(self, batches: Batches) -> tuple[float, float]:
        """Take a step for each batch; returns the sums of their losses and of their right answers."""
        arrays = [tf.constant(array) for array in batches.arrays()]
        loss, right = self._steps(*arrays)
        return float(loss), float(right)

    @tf.function(jit_compile=False, reduce_retracing=True)
    def _steps(self, order, maps, offsets, inverted):
        loss, right = tf.constant(0.0), tf.constant(0.0)
        for i in tf.range(tf.shape(order)[0]):
            step_loss, step_right = self._step(order[i], maps[i], offsets[i], inverted[i])
            loss, right = loss + step_loss, right + step_right
        return loss, right

    def _step(self, indices, maps, offsets, inverted):
        images = to_unit(tf.gather(self.images, indices))
        if self.setting.fill is not None:
            images = adjust_intensity(warp(images, maps, self.setting.fill), offsets, inverted)
        targets = tf.gather(self.targets, indices)
        with tf.GradientTape() as tape:
            logits = self.setting.network(images, training=True)
            loss = self.loss(targets, logits)
        self.update(tape.gradient(loss, self.setting.network.trainable_variables))
        right = tf.argmax(logits, -1) == tf.argmax(targets, -1)
        return loss, tf.reduce_sum(tf.cast(right, "float32"))

    def _update(self, gradients) -> None:
        self.setting.optimizer.apply(gradients, self.setting.network.trainable_variables)
        self._follow()

    def _follow(self) -> None:
        """Move the averaged weights; young averages follow faster, lest they remember the initial weights."""
        if self.setting.decay == 0:
            return
        age = tf.cast(self.setting.optimizer.iterations, "float32")
        decay = tf.minimum(self.setting.decay, (1.0 + age) / (10.0 + age))
        for average, weight in zip(
            self.setting.averaged.trainable_variables, self.setting.network.trainable_variables, strict=True
        ):
            average.assign_sub((1.0 - decay) * (average - weight))

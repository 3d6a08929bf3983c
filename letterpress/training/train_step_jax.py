"""The training step on JAX: many steps in one scan, data and augmentation on the device."""

import jax
import jax.numpy as jnp
from keras import ops

from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.sampler import Batches
from letterpress.training.train_step import Setting


class Stepper:
    """Runs training steps; built once per phase, traced once for each number of steps in a call.

    It takes the same arguments, and means the same, as the one on TensorFlow.
    """

    def __init__(self, setting: Setting, images, labels) -> None:
        self.setting, self.loss = setting, setting.loss()
        self.data = jnp.asarray(images), ops.one_hot(labels, setting.network.output_shape[-1])
        optimizer = setting.optimizer
        self.iterations = [variable is optimizer.iterations for variable in optimizer.variables].index(True)
        self.gradients = jax.value_and_grad(self._loss, has_aux=True)
        self.scan = jax.jit(self._scan, donate_argnums=0)

    def run(self, batches: Batches) -> tuple[float, float]:
        """Take a step for each batch; returns the sums of their losses and of their right answers."""
        variables = self._variables()
        state = [[variable.value for variable in group] for group in variables]
        state, (losses, right) = self.scan(state, self.data, tuple(map(jnp.asarray, batches.arrays())))
        for group, values in zip(variables, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return float(losses.sum()), float(right.sum())

    def _variables(self) -> list[list]:
        """All that a step changes: weights, the network's other variables, the optimiser's, the averaged weights."""
        return [
            self.setting.network.trainable_variables,
            self.setting.network.non_trainable_variables,
            self.setting.optimizer.variables,
            self.setting.averaged.trainable_variables,
        ]

    def _scan(self, state, data, batches):
        return jax.lax.scan(lambda state, batch: self._step(state, data, *batch), state, batches)

    def _step(self, state, data, indices, maps, offsets, inverted):
        weights, others, of_optimizer, averages = state
        images, targets = to_unit(data[0][indices]), data[1][indices]
        if self.setting.fill is not None:
            images = adjust_intensity(warp(images, maps, self.setting.fill), offsets, inverted)
        (loss, (logits, others)), gradients = self.gradients(weights, others, images, targets)
        weights, of_optimizer = self.setting.optimizer.stateless_apply(of_optimizer, gradients, weights)
        averages = self._follow(averages, weights, of_optimizer[self.iterations])
        right = jnp.sum(jnp.argmax(logits, -1) == jnp.argmax(targets, -1))
        return [weights, others, of_optimizer, averages], (loss, right)

    def _loss(self, weights, others, images, targets):
        logits, others = self.setting.network.stateless_call(weights, others, images, training=True)
        return self.loss(targets, logits), (logits, others)

    def _follow(self, averages, weights, age):
        """Move the averaged weights; young averages follow faster, lest they remember the initial weights."""
        if self.setting.decay == 0:
            return averages
        age = jnp.float32(age)
        decay = jnp.minimum(self.setting.decay, (1.0 + age) / (10.0 + age))
        return [average - (1.0 - decay) * (average - w) for average, w in zip(averages, weights, strict=True)]

"""The training step on JAX: many steps in one scan, data and augmentation on the device."""

import jax
import jax.numpy as jnp
import numpy as np
from keras import ops

from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.training.sampler import Batches
from letterpress.training.train_state import StepConfig, TrainState


class TrainStep:
    """Runs training steps on a state; built once per phase, traced once for each number of steps in a call.

    Arguments and results are those of the training step on TensorFlow.
    """

    def __init__(self, state: TrainState, config: StepConfig, images: np.ndarray, labels: np.ndarray) -> None:
        self.network, self.ema_network, self.optimizer = state.network, state.ema_network, state.optimizer
        self.config = config
        self.data = jnp.asarray(images), ops.one_hot(labels, self.network.output_shape[-1])
        variables = self.optimizer.variables
        self.iterations = [variable is self.optimizer.iterations for variable in variables].index(True)
        self.gradients = jax.value_and_grad(self._loss, has_aux=True)
        self.scan = jax.jit(self._scan, donate_argnums=0)

    def run(self, batches: Batches) -> tuple[float, float]:
        """Take a step for each batch; return the sums of their losses and of their correct predictions."""
        variables = self._variables()
        values = [[variable.value for variable in group] for group in variables]
        values, (losses, correct) = self.scan(values, self.data, tuple(map(jnp.asarray, batches.arrays())))
        for group, group_values in zip(variables, values, strict=True):
            for variable, value in zip(group, group_values, strict=True):
                variable.assign(value)
        return float(losses.sum()), float(correct.sum())

    def _variables(self) -> list[list]:
        """Return all that a step changes: weights, other variables of the network, optimizer, averaged weights."""
        return [
            self.network.trainable_variables,
            self.network.non_trainable_variables,
            self.optimizer.variables,
            self.ema_network.trainable_variables,
        ]

    def _scan(self, values, data, batches):
        return jax.lax.scan(lambda values, batch: self._step(values, data, *batch), values, batches)

    def _step(self, values, data, *batch):
        weights, others, optimizer, averages = values
        indices, maps, offsets, inverted = batch
        images, targets = to_unit(data[0][indices]), data[1][indices]
        if self.config.fill_mode is not None:
            images = adjust_intensity(warp(images, maps, self.config.fill_mode), offsets, inverted)
        (loss, (logits, others)), gradients = self.gradients(weights, others, images, targets)
        weights, optimizer = self.optimizer.stateless_apply(optimizer, gradients, weights)
        averages = self._update_ema(averages, weights, optimizer[self.iterations])
        n_correct = jnp.sum(jnp.argmax(logits, -1) == jnp.argmax(targets, -1))
        return [weights, others, optimizer, averages], (loss, n_correct)

    def _loss(self, weights, others, images, targets):
        logits, others = self.network.stateless_call(weights, others, images, training=True)
        return self.config.loss(targets, logits), (logits, others)

    def _update_ema(self, averages, weights, steps):
        """Decay faster in the first steps, so that the average forgets the initial weights."""
        if self.config.ema_decay == 0:
            return averages
        steps = jnp.float32(steps)
        decay = jnp.minimum(self.config.ema_decay, (1.0 + steps) / (10.0 + steps))
        return [average - (1.0 - decay) * (average - w) for average, w in zip(averages, weights, strict=True)]

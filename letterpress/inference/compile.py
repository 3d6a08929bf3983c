"""Compile a network's inference with the backend's own compiler."""

from collections.abc import Callable
from functools import partial

import keras


def compile_inference(network: keras.Model, function: Callable) -> Callable:
    """Compile `function(call, *arrays)`, in which call(images) runs the network in inference mode.

    A graph on TensorFlow (without XLA, which is slower on CPUs), jit on JAX;
    the network's weights may change between calls.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(
            partial(function, partial(network, training=False)), jit_compile=False, reduce_retracing=True
        )
    return _compile_jax(network, function)


def _compile_jax(network: keras.Model, function: Callable) -> Callable:
    """Pass the weights as arguments: JAX would compile them as constants."""
    import jax

    @jax.jit
    def run(weights, others, *arrays):
        return function(lambda images: network.stateless_call(weights, others, images, training=False)[0], *arrays)

    def call(*arrays):
        groups = (network.trainable_variables, network.non_trainable_variables)
        return run(*([variable.value for variable in group] for group in groups), *arrays)

    return call

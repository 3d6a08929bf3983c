"""Compile a function of tensors with the backend's own compiler."""

from collections.abc import Callable

import keras


def compiled(function: Callable) -> Callable:
    """A graph on TensorFlow (without XLA, which is slower on CPUs), jit on JAX."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=False, reduce_retracing=True)
    if backend == "jax":
        import jax

        return jax.jit(function)
    return function

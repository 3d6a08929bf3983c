"""Configure the backend before the first tensor: determinism, GPU memory, no messages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_native_stderr() -> Iterator[None]:
    """Discard what TensorFlow's libraries write while they load.

    They ignore TF_CPP_MIN_LOG_LEVEL (tensorflow/tensorflow#100442). Python's own
    errors are raised as ever.
    """
    stderr = os.dup(2)
    with open(os.devnull, "w") as null:
        os.dup2(null.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with _without_native_stderr():
    import keras

from letterpress.inference.layers.device import list_gpus  # noqa: E402
from letterpress.inference.precision import choose_precision, set_policy  # noqa: E402
from letterpress.infrastructure.errors import UserError  # noqa: E402


def prepare(precision: str) -> str:
    """Make runs repeatable, set the precision (auto, float32 or bfloat16) and return the chosen one.

    Call it before the first tensor is made. Raises UserError for another backend than
    TensorFlow and JAX.
    """
    if keras.backend.backend() not in ("tensorflow", "jax"):
        raise UserError("KERAS_BACKEND: the stages run on tensorflow or jax; set the variable to one of them.")
    if keras.backend.backend() == "jax":
        os.environ.setdefault("XLA_FLAGS", "--xla_gpu_deterministic_ops=true")  # read when the first array is made
    else:
        _prepare_tensorflow()
    chosen = choose_precision(precision)
    set_policy(chosen)
    return chosen


def _prepare_tensorflow() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    with _without_native_stderr():  # TensorFlow reports an error where there is no GPU
        gpus = list_gpus()
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)

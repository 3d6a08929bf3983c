"""Set up the tensor library before the first tensor: determinism, GPU memory, quiet."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_native_stderr() -> Iterator[None]:
    """Keep off the screen what TensorFlow's libraries write past their log level while they load.

    TF_CPP_MIN_LOG_LEVEL has no power over it (tensorflow/tensorflow#100442);
    Python's own errors are raised, and so seen, all the same.
    """
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with _without_native_stderr():
    import keras

from letterpress.inference import precision as precisions  # noqa: E402
from letterpress.infrastructure.errors import UserError  # noqa: E402


def prepare(precision: str) -> str:
    """Make runs repeatable and set the precision; returns the one that was chosen.

    Call it before the first tensor is made.
    """
    if keras.backend.backend() not in ("tensorflow", "jax"):
        raise UserError("KERAS_BACKEND: the stages run on tensorflow or jax; set the variable to one of them.")
    if keras.backend.backend() == "jax":
        os.environ.setdefault("XLA_FLAGS", "--xla_gpu_deterministic_ops=true")  # read when the first array is made
    else:
        _prepare_tensorflow()
    chosen = precisions.choose(precision)
    precisions.set_policy(chosen)
    return chosen


def _prepare_tensorflow() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    with _without_native_stderr():  # looking for a GPU is reported as an error where there is none
        gpus = precisions.gpus()
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)

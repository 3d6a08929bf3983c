"""The devices that TensorFlow computes on."""


def list_gpus() -> list:
    """Return TensorFlow's physical GPUs, an empty list where there is none."""
    import tensorflow as tf

    return tf.config.list_physical_devices("GPU")

"""A published network for digits with strided convolutions instead of pooling: 327,242 weights.

Chris Deotte, "25 Million Images! [0.99757] MNIST", Kaggle (2018).
"""

import keras
from keras import layers

from letterpress.inference.layers.batch_normalization import BatchNormalization
from letterpress.inference.layers.dropout import Dropout


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = x = keras.Input(input_shape)
    for filters in (32, 64):
        for _ in range(2):
            x = _convolve(x, filters, 3)
        x = Dropout(0.4)(_convolve(x, filters, 5, strides=2, padding="same"))
    x = layers.Flatten()(_convolve(x, 128, 4))
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(Dropout(0.4)(x)))


def _convolve(x, filters: int, kernel: int, **kwargs):
    return BatchNormalization()(layers.Conv2D(filters, kernel, activation="relu", **kwargs)(x))

"""A published network for digits: six convolutions in three pairs, the second of each unpadded, and a dense layer."""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout

PAIRS = ((32, 32), (64, 32), (64, 64))  # filters of the padded and of the unpadded convolution


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = x = keras.Input(input_shape)
    for padded, unpadded in PAIRS:
        x = layers.Conv2D(padded, 3, padding="same", activation="relu")(x)
        x = layers.Conv2D(unpadded, 3, activation="relu")(x)
        x = Dropout(0.25)(layers.MaxPooling2D()(x))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

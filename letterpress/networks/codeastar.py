"""A published small network for digits: two convolutions and two dense layers, 203,933 weights."""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = keras.Input(input_shape)
    x = layers.Conv2D(30, 5, activation="relu")(images)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(15, 3, activation="relu")(x)
    x = layers.Flatten()(Dropout(0.2)(x))
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dense(50, activation="relu")(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

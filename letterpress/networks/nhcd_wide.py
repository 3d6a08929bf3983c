"""A published network for all Devanagari characters: three convolutions and two dense layers of 512."""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = keras.Input(input_shape)
    x = Dropout(0.25)(layers.Conv2D(128, 3, activation="relu")(images))
    x = layers.MaxPooling2D()(layers.Conv2D(64, 3, activation="relu")(x))
    x = Dropout(0.25)(layers.Conv2D(32, 3, activation="relu")(x))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = Dropout(0.7)(layers.Dense(512, activation="relu")(x))
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

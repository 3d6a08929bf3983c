"""A published network for one group of Devanagari characters: two convolutions, one dense layer, strong dropout."""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = keras.Input(input_shape)
    x = layers.Conv2D(32, 3, activation="relu")(images)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.Flatten()(Dropout(0.25)(layers.MaxPooling2D()(x)))
    x = layers.Dense(256, activation="relu")(x)
    x = Dropout(0.8)(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

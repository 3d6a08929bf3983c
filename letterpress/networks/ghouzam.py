"""A published network for digits: two pairs of convolutions, 5x5 and 3x3, and a dense layer; 887,530 weights.

Yassine Ghouzam, "Introduction to CNN Keras - 0.997 (top 6%)", Kaggle (2017).
"""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout


def build(input_shape: tuple[int, int, int], n_classes: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes)."""
    images = x = keras.Input(input_shape)
    for filters, kernel in ((32, 5), (64, 3)):
        for _ in range(2):
            x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = Dropout(0.25)(layers.MaxPooling2D()(x))
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    x = Dropout(0.5)(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

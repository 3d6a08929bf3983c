"""The published winner of First Steps With Julia: a VGG of seven convolutions and two wide dense layers.

After Simonyan and Zisserman, "Very Deep Convolutional Networks" (2015); its
author divides all sizes by 2 or by 4 for smaller machines.
"""

import keras
from keras import layers

from letterpress.inference.layers.dropout import Dropout

BLOCKS = ((128, 2), (256, 2), (512, 3))  # (filters, convolutions)
DENSE = 4096


def build(input_shape: tuple[int, int, int], n_classes: int, *, divide: int) -> keras.Model:
    """Build the network from images, (n, *input_shape), to logits, float32 (n, n_classes), all widths / `divide`."""
    images = x = keras.Input(input_shape)
    for filters, convolutions in BLOCKS:
        for _ in range(convolutions):
            x = layers.Conv2D(
                filters // divide, 3, padding="same", activation="relu", kernel_initializer="he_normal"
            )(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(DENSE // divide, activation="relu", kernel_initializer="he_normal")(x)
        x = Dropout(0.5)(x)
    logits = layers.Dense(n_classes, kernel_initializer="he_normal", dtype="float32")(x)
    return keras.Model(images, logits)

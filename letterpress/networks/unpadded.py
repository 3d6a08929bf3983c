"""Convolutions without padding and pooling, each wider than the one before.

After An, Lee, Park, Yang and So, "An Ensemble of Simple Convolutional Neural
Network Models for MNIST Digit Recognition" (2020): theirs of 5x5 has the depth
5 and the width 32, that of 7x7 the depth 4 and the width 48.
"""

import keras
from keras import layers

from letterpress.inference.layers.batch_normalization import BatchNormalization
from letterpress.inference.layers.dropout import Dropout
from letterpress.inference.layers.standardize import Standardize


def build(
    input_shape: tuple[int, int, int], n_classes: int, *, kernel: int, depth: int, width: int, dropout: float
) -> keras.Model:
    """Build the network from images to logits, float32 (n, n_classes).

    The last feature map has depth * (kernel - 1) pixels a side less than the images.

    Args:
        input_shape: (height, width, 1) of the images, float32 in [0, 1].
        n_classes: number of logits.
        kernel: side of the convolutions in pixels.
        depth: number of convolutions.
        width: filters of the first convolution; the k-th has k times as many.
        dropout: rate before the last layer.
    """
    images = keras.Input(input_shape)
    x = Standardize()(images)
    for times in range(1, depth + 1):
        x = layers.Conv2D(times * width, kernel, use_bias=False, kernel_initializer="he_normal")(x)
        x = layers.ReLU()(BatchNormalization()(x))
    x = Dropout(dropout)(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

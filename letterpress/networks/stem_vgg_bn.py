"""The network vgg_bn with its first block at half resolution, for a quarter of the compute.

A strided 4x4 convolution replaces the first convolution and its pooling; two
blocks of 2 and 3 convolutions follow, and one dense layer.
"""

import keras
from keras import layers

from letterpress.inference.layers.batch_normalization import BatchNormalization
from letterpress.inference.layers.conv2d import Conv2D
from letterpress.inference.layers.dropout import Dropout
from letterpress.inference.layers.standardize import Standardize


def build(
    input_shape: tuple[int, int, int], n_classes: int, *, width: int, dense: int, dropout: float
) -> keras.Model:
    """Build the network from images to logits, float32 (n, n_classes).

    Args:
        input_shape: (height, width, 1) of the images, float32 in [0, 1].
        n_classes: number of logits.
        width: filters of the first block.
        dense: units of the dense layer.
        dropout: rate before and after the dense layer.
    """
    images = keras.Input(input_shape)
    x = _convolve(Standardize()(images), width, kernel=4, strides=2)
    x = layers.MaxPooling2D()(_convolve(x, width))
    x = layers.MaxPooling2D()(_convolve(_convolve(x, 2 * width), 2 * width))
    for _ in range(3):
        x = _convolve(x, 4 * width)
    x = Dropout(dropout)(layers.Flatten()(x))
    x = layers.Dense(dense, use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.ReLU()(BatchNormalization()(x))
    x = Dropout(dropout)(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))


def _convolve(x, filters: int, kernel: int = 3, strides: int = 1):
    x = Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(BatchNormalization()(x))

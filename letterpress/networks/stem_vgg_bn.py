"""The network vgg_bn with its first block at half resolution, for a quarter of the compute.

A strided 4x4 convolution takes the place of the first convolution and its
pooling; two blocks of 2 and 3 convolutions follow, and one dense layer.
"""

import keras
from keras import layers

from letterpress.layers.layers import BatchNormalization, Conv2D, Dropout, Standardize


def build(
    input_shape: tuple[int, int, int], n_classes: int, *, width: int, dense: int, dropout: float
) -> keras.Model:
    """Images, (n, *input_shape), to logits, float32 (n, n_classes)."""
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

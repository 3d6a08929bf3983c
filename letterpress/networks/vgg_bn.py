"""VGG with batch normalization: 2, 2 and 3 convolutions of 3x3, widths w, 2w and 4w, and a dense layer.

After Simonyan and Zisserman, "Very Deep Convolutional Networks" (2015), and
Ioffe and Szegedy, "Batch Normalization" (2015).
"""

import keras
from keras import layers

from letterpress.inference.layers.batch_normalization import BatchNormalization
from letterpress.inference.layers.dropout import Dropout
from letterpress.inference.layers.standardize import Standardize

BLOCKS = ((1, 2), (2, 2), (4, 3))  # (times the width, convolutions)


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
    x = Standardize()(images)
    for times, convolutions in BLOCKS:
        for _ in range(convolutions):
            x = layers.Conv2D(width * times, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
            x = layers.ReLU()(BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    x = Dropout(dropout)(layers.Flatten()(x))
    x = layers.Dense(dense, use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.ReLU()(BatchNormalization()(x))
    x = Dropout(dropout)(x)
    return keras.Model(images, layers.Dense(n_classes, dtype="float32")(x))

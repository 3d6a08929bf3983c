"""Standardization of each image."""

import keras
from keras import layers, ops

EPS = 1e-3  # added to the variance


@keras.saving.register_keras_serializable(package="letterpress")
class Standardize(layers.Layer):
    """Scale every image to mean 0 and standard deviation 1, so that faint characters count like strong ones.

    Input and output: float32 (n, h, w, channels). EPS under the root limits the
    scale of images with hardly any contrast. Keras's LayerNormalization over
    the same axes rounds differently, by up to 2.4e-7.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**{"dtype": "float32"} | kwargs)

    def call(self, images):
        mean, variance = ops.moments(images, axes=(1, 2, 3), keepdims=True)
        return (images - mean) * ops.rsqrt(variance + EPS)

    def compute_output_shape(self, input_shape):
        return input_shape

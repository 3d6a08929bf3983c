"""Layers that are faster than Keras's own and equal to them."""

import keras
from keras import layers, ops

from letterpress.inference.precision import gpus

SMALL = 6  # pixels: oneDNN fills up the rows of smaller feature maps to 16 or 32


@keras.saving.register_keras_serializable(package="letterpress")
class BatchNormalization(layers.BatchNormalization):
    """Keras's batch normalisation over the last axis, fused into one kernel on TensorFlow.

    Input and output: (n, features) or (n, h, w, features), in the layer's
    compute dtype; statistics and scale are float32. On other backends, and
    for masks or other axes, Keras's own code runs.
    """

    def call(self, inputs, training=None, mask=None):
        if not self._can_fuse(inputs, mask):
            return super().call(inputs, training=training, mask=mask)
        flat = len(inputs.shape) == 2
        images = inputs[:, None, None, :] if flat else inputs
        outputs = self._fused(images, training=bool(training and self.trainable))
        return outputs[:, 0, 0, :] if flat else outputs

    def _can_fuse(self, inputs, mask) -> bool:
        rank = len(inputs.shape)
        return (
            keras.backend.backend() == "tensorflow"
            and self.compute_dtype in ("float32", "bfloat16")
            and mask is None
            and self.center
            and self.scale
            and not self.renorm
            and not self.synchronized
            and rank in (2, 4)
            and self.axis in (-1, rank - 1)
        )

    def _fused(self, images, training: bool):
        import tensorflow as tf

        # The kernel's own running average would use the unbiased variance; Keras keeps the biased one.
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=images,
            scale=self.gamma,
            offset=self.beta,
            mean=self.moving_mean,
            variance=self.moving_variance,
            epsilon=self.epsilon,
            exponential_avg_factor=1.0,
            is_training=training,
        )
        if training:
            count = tf.cast(tf.size(images) // images.shape[-1], "float32")
            biased = variance * ((count - 1.0) / count)
            self.moving_mean.assign(self.moving_mean * self.momentum + mean * (1.0 - self.momentum))
            self.moving_variance.assign(self.moving_variance * self.momentum + biased * (1.0 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable(package="letterpress")
class Conv2D(layers.Conv2D):
    """Keras's convolution, with a faster gradient of the weights where feature maps are small.

    Input: (n, h, w, channels), in the layer's compute dtype. On TensorFlow and a
    CPU, in bfloat16 and for maps of up to 6x6 pixels, the gradient is a
    convolution in which images and channels have changed places: its sums run
    over the images. Elsewhere Keras's own code runs.
    """

    def convolution_op(self, inputs, kernel):
        if not self._has_small_maps(inputs):
            return super().convolution_op(inputs, kernel)
        return self._with_exchanged_gradient(inputs, ops.cast(kernel, self.compute_dtype))

    def _has_small_maps(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and self.compute_dtype == "bfloat16"
            and self.data_format == "channels_last"
            and self.padding == "same"
            and self.strides == self.dilation_rate == (1, 1)
            and self.groups == 1
            and max(inputs.shape[1:3]) <= SMALL
            and not gpus()
        )

    def _with_exchanged_gradient(self, images, kernel):
        import tensorflow as tf

        sides = [((side - 1) // 2, side // 2) for side in self.kernel_size]

        @tf.custom_gradient
        def convolve(images, kernel):
            def gradients(upstream):
                to_images = tf.nn.conv2d_transpose(upstream, kernel, tf.shape(images), 1, "SAME")
                channels, batch = tf.transpose(images, (3, 1, 2, 0)), tf.transpose(upstream, (1, 2, 0, 3))
                to_kernel = tf.nn.conv2d(channels, batch, 1, [(0, 0), *sides, (0, 0)])
                return to_images, tf.transpose(to_kernel, (1, 2, 0, 3))

            return tf.nn.conv2d(images, kernel, 1, "SAME"), gradients

        return convolve(images, kernel)


@keras.saving.register_keras_serializable(package="letterpress")
class Dropout(layers.Dropout):
    """Keras's dropout with a byte of randomness for each value in place of four, on TensorFlow.

    The rate is rounded to a 256th, and values that stay are enlarged to match:
    their expectation is kept exactly. On other backends Keras's own code runs.
    """

    def call(self, inputs, training=False):
        threshold = round(self.rate * 256)
        if keras.backend.backend() != "tensorflow" or self.noise_shape is not None or threshold in (0, 256):
            return super().call(inputs, training=training)
        return self._dropped(inputs, threshold) if training else inputs

    def _dropped(self, inputs, threshold: int):
        import tensorflow as tf

        count = tf.size(inputs)
        words = tf.random.stateless_uniform(
            [(count + 3) // 4], self.seed_generator.next(), minval=None, maxval=None, dtype=tf.uint32
        )
        random = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:count], tf.shape(inputs))
        return tf.where(random >= threshold, inputs * (256 / (256 - threshold)), tf.zeros_like(inputs))


@keras.saving.register_keras_serializable(package="letterpress")
class Standardize(layers.Layer):
    """Give every image zero mean and unit deviation, so that faint letters count like strong ones.

    Input and output: float32 (n, h, w, channels). A deviation far below 0.03,
    an image of one grey, is not enlarged to it.
    """

    def __init__(self, **options) -> None:
        super().__init__(**{"dtype": "float32"} | options)

    def call(self, images):
        mean, variance = ops.moments(images, axes=(1, 2, 3), keepdims=True)
        return (images - mean) * ops.rsqrt(variance + 1e-3)

    def compute_output_shape(self, input_shape):
        return input_shape

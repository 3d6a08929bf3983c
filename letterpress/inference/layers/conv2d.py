"""Convolution with a faster gradient of its kernel for small feature maps."""

import keras
from keras import layers, ops

from letterpress.inference.layers.device import list_gpus

MAX_SMALL_SIDE = 6  # pixels: oneDNN pads the rows of smaller feature maps to 16 or 32


@keras.saving.register_keras_serializable(package="letterpress")
class Conv2D(layers.Conv2D):
    """Convolve like Keras's layer, with a faster gradient of the kernel where feature maps are small.

    Input: (n, h, w, channels), in the layer's compute dtype. On TensorFlow and a
    CPU, in bfloat16 and for maps of up to 6x6 pixels, the gradient is a
    convolution with the axes of images and channels swapped: its sums run over
    the images. Everywhere else Keras's own code runs.
    """

    def convolution_op(self, inputs, kernel):
        if not self._has_small_maps(inputs):
            return super().convolution_op(inputs, kernel)
        return self._with_swapped_axes_gradient(inputs, ops.cast(kernel, self.compute_dtype))

    def _has_small_maps(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and self.compute_dtype == "bfloat16"
            and self.data_format == "channels_last"
            and self.padding == "same"
            and self.strides == self.dilation_rate == (1, 1)
            and self.groups == 1
            and max(inputs.shape[1:3]) <= MAX_SMALL_SIDE
            and not list_gpus()
        )

    def _with_swapped_axes_gradient(self, images, kernel):
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

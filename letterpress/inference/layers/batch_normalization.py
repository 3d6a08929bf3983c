"""Batch normalization, fused into one kernel."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="letterpress")
class BatchNormalization(layers.BatchNormalization):
    """Normalize over the last axis like Keras's layer, fused into one kernel on TensorFlow.

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

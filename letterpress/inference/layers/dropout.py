"""Dropout with a byte of randomness a value."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="letterpress")
class Dropout(layers.Dropout):
    """Drop values like Keras's layer, with one random byte a value instead of four, on TensorFlow.

    The rate is rounded to a 256th, and the other values are scaled to match, so
    that the expectation stays exact. On other backends Keras's own code runs.
    """

    def call(self, inputs, training=False):
        threshold = round(self.rate * 256)
        if keras.backend.backend() != "tensorflow" or self.noise_shape is not None or threshold in (0, 256):
            return super().call(inputs, training=training)
        return self._drop(inputs, threshold) if training else inputs

    def _drop(self, inputs, threshold: int):
        import tensorflow as tf

        count = tf.size(inputs)
        words = tf.random.stateless_uniform(
            [(count + 3) // 4], self.seed_generator.next(), minval=None, maxval=None, dtype=tf.uint32
        )
        random = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), [-1])[:count], tf.shape(inputs))
        return tf.where(random >= threshold, inputs * (256 / (256 - threshold)), tf.zeros_like(inputs))

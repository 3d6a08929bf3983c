"""Pad and resize images in TensorFlow's operations, to the same bits as Pillow does.

Pillow filters rows and columns one after the other with integers: a weight is
rounded to a multiple of 2^-22, and each of both results to 8 bits.
"""

import tensorflow as tf

ONE = 1 << 22  # Pillow's fixed-point number for a weight of 1


def pad(images, aspect: float):
    """Centre images, uint8 (n, channels, h, w), on a canvas of height/width `aspect`, as letterpress.images does.

    The canvas has the median of each image's border.
    """
    height, width = tf.shape(images)[2], tf.shape(images)[3]
    missing_rows = tf.maximum(_round(tf.cast(width, tf.float64) * aspect) - height, 0)
    missing_columns = tf.maximum(_round(tf.cast(height, tf.float64) / aspect) - width, 0)
    above, left = missing_rows // 2, missing_columns // 2
    margins = [[0, 0], [0, 0], [above, missing_rows - above], [left, missing_columns - left]]
    values = tf.cast(images, tf.int32)
    median = _median_of_border(values)
    return tf.pad(values - median, margins) + median


def _round(value):
    return tf.cast(tf.round(value), tf.int32)


def _median_of_border(values):
    """Return the rounded-down median of each image's outermost pixels, corners twice, int32 (n, channels, 1, 1)."""
    border = tf.concat([values[:, :, 0], values[:, :, -1], values[..., 0], values[..., -1]], axis=-1)
    upper_half = tf.math.top_k(border, k=tf.shape(border)[2] // 2 + 1).values
    return ((upper_half[..., -1] + upper_half[..., -2]) // 2)[..., None, None]


def resize(images, size: tuple[int, int]):
    """Resize integers (n, channels, h, w) in 0 … 255 with an antialiasing triangle filter, to float32.

    size: (height, width).
    """
    height, width = tf.shape(images)[2], tf.shape(images)[3]
    values = tf.cast(images, tf.float64)  # in which sums of products are exact

    def filter_both():
        is_shrunk_vertically = (height > size[0]) & (height - size[0] > 2 * (width - size[1]))
        return tf.cond(is_shrunk_vertically, lambda: columns(rows(values)), lambda: rows(columns(values)))

    def rows(values):
        return _round_8_bits(tf.matmul(_triangle_weights(height, size[0]), values))

    def columns(values):
        return _round_8_bits(tf.matmul(values, tf.transpose(_triangle_weights(width, size[1]))))

    is_resized = (height != size[0]) | (width != size[1])
    return tf.cast(tf.cond(is_resized, filter_both, lambda: values), tf.float32)


def _triangle_weights(n_in, n_out: int):
    """Return the weights of `n_in` pixels in each of `n_out`, float64 (n_out, n_in), whole numbers of 1 / ONE.

    With distances in units of 1 / (2 n_in n_out) all is in integers, and so exact.
    """
    n_in = tf.cast(n_in, tf.int64)
    centers, pixels = 2 * tf.range(n_out, dtype=tf.int64) + 1, 2 * tf.range(n_in) + 1
    distances = tf.abs(pixels * n_out - centers[:, None] * n_in)
    heights = tf.maximum(2 * tf.maximum(n_in, n_out) - distances, 0)
    sums = tf.reduce_sum(heights, axis=1, keepdims=True)
    return tf.cast((2 * ONE * heights + sums) // (2 * sums), tf.float64)  # rounded to the nearest


def _round_8_bits(values):
    return tf.floor((values + ONE / 2) / ONE)

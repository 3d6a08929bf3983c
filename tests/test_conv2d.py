"""Convolutions of small feature maps give what Keras gives."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.inference.layers.conv2d import Conv2D

pytestmark = pytest.mark.usefixtures("float32")


def convolutions(size: tuple[int, int], kernel: tuple[int, int]):
    """Yield outputs and gradients of our layer and of Keras's for whole numbers, which bfloat16 adds exactly."""
    rng = np.random.default_rng(0)
    weights, x, upstream = (
        rng.integers(-2, 3, shape).astype(np.float32) for shape in ((*kernel, 3, 5), (4, *size, 3), (4, *size, 5))
    )
    for layer_class in (Conv2D, keras.layers.Conv2D):
        layer = layer_class(5, kernel, padding="same", use_bias=False, dtype=keras.DTypePolicy("mixed_bfloat16"))
        layer.build(x.shape)
        layer.set_weights([weights])
        with tf.GradientTape() as tape:
            images = tf.constant(x, layer.compute_dtype)
            tape.watch(images)
            outputs = layer(images)
            loss = tf.reduce_sum(tf.cast(outputs, "float32") * upstream)
        yield [outputs, *tape.gradient(loss, [images, layer.kernel.value])]


@pytest.mark.parametrize("kernel", [(3, 3), (4, 2), (1, 5)])
@pytest.mark.parametrize("size", [(6, 6), (3, 5)])
def test_outputs_and_gradients_equal_those_of_keras(size, kernel):
    for ours, theirs in zip(*convolutions(size, kernel), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(tf.cast(ours, "float32"), tf.cast(theirs, "float32"))


@pytest.mark.parametrize(
    ("dtype", "side", "uses_keras"), [("mixed_bfloat16", 6, False), ("mixed_bfloat16", 7, True), ("float32", 6, True)]
)
def test_only_small_maps_in_bfloat16_use_the_other_gradient(dtype, side, uses_keras):
    layer = Conv2D(2, 3, padding="same", dtype=keras.DTypePolicy(dtype))

    def gradient(images):
        with tf.GradientTape() as tape:
            outputs = layer(images)
        return tape.gradient(outputs, layer.kernel.value)

    x = tf.zeros((2, side, side, 2), layer.compute_dtype)
    layer.build(x.shape)
    graph = tf.function(gradient).get_concrete_function(x).graph
    assert ("Conv2DBackpropFilter" in {operation.type for operation in graph.get_operations()}) == uses_keras

"""The fused batch normalization gives what Keras's own gives."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.inference.layers.batch_normalization import BatchNormalization

pytestmark = pytest.mark.usefixtures("float32")

FLAT, IMAGES = (6, 3), (4, 5, 2, 3)


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype(np.float32)


def pair(shape: tuple[int, ...], **options) -> tuple[BatchNormalization, keras.layers.BatchNormalization]:
    """Return our layer and Keras's with the same weights, none of them initial."""
    fused, plain = BatchNormalization(**options), keras.layers.BatchNormalization(**options)
    for layer in (fused, plain):
        layer.build(shape)
        layer.set_weights([np.abs(values(*w.shape, seed=i)) + 0.1 for i, w in enumerate(layer.weights)])
    return fused, plain


def assert_same_weights(fused, plain) -> None:
    for ours, theirs in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def operations(layer, inputs, **options) -> set[str]:
    graph = tf.function(lambda x: layer(x, training=True, **options)).get_concrete_function(inputs).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
@pytest.mark.parametrize("training", [True, False])
def test_outputs_equal_those_of_keras(shape, training):
    fused, plain = pair(shape)
    x = values(*shape)
    np.testing.assert_allclose(fused(x, training=training), plain(x, training=training), atol=1e-5)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_training_updates_the_statistics_like_keras(shape):
    fused, plain = pair(shape, momentum=0.7)
    before = fused.moving_variance.numpy()
    for seed in range(3):
        fused(values(*shape, seed=seed), training=True)
        plain(values(*shape, seed=seed), training=True)
    assert np.abs(fused.moving_variance.numpy() - before).min() > 0.01
    assert_same_weights(fused, plain)


def test_the_moving_variance_averages_the_biased_variance():
    layer = BatchNormalization(momentum=0.5)
    layer(np.array([[1.0], [3.0]], np.float32), training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.5 * 0 + 0.5 * 2], atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [0.5 * 1 + 0.5 * 1], atol=1e-6)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_inference_keeps_the_statistics(shape):
    layer, _ = pair(shape)
    before = layer.get_weights()
    layer(values(*shape), training=False)
    np.testing.assert_equal(layer.get_weights(), before)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
@pytest.mark.parametrize("training", [True, False])
def test_gradients_equal_those_of_keras(shape, training):
    x, upstream = tf.constant(values(*shape)), values(*shape, seed=9)
    gradients = []
    for layer in pair(shape):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=training) * upstream)
        gradients.append(tape.gradient(loss, [x, layer.gamma.value, layer.beta.value]))
    for ours, theirs in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=1e-5)


def test_a_frozen_layer_uses_its_statistics_like_keras():
    fused, plain = pair(IMAGES)
    fused.trainable = plain.trainable = False
    x = values(*IMAGES)
    np.testing.assert_allclose(fused(x, training=True), plain(x, training=True), atol=1e-5)
    assert_same_weights(fused, plain)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_bfloat16_is_close_and_keeps_float32_statistics(shape):
    fused, plain = pair(shape, dtype="mixed_bfloat16")
    x = values(*shape)
    ours, theirs = fused(x, training=True), plain(x, training=True)
    assert ours.dtype == theirs.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(ours, "float32"), tf.cast(theirs, "float32"), atol=0.05)
    assert {weight.dtype for weight in fused.weights} == {"float32"}
    for our, their in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(our, their, atol=1e-3)


def test_one_fused_kernel_is_used():
    assert "FusedBatchNormV3" in operations(BatchNormalization(), values(*IMAGES))


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        (IMAGES, {"axis": 1}),
        ((4, 5, 3), {}),
        (IMAGES, {"center": False}),
        (IMAGES, {"scale": False}),
        (IMAGES, {"renorm": True}),
        (IMAGES, {"dtype": "float64"}),
    ],
)
def test_unsupported_options_use_keras(shape, options):
    fused, plain = pair(shape, **options)
    x = values(*shape)
    np.testing.assert_allclose(fused(x, training=True), plain(x, training=True), atol=1e-5)
    assert_same_weights(fused, plain)
    assert "FusedBatchNormV3" not in operations(fused, x)


def test_masks_use_keras():
    fused, plain = pair(IMAGES)
    x, mask = values(*IMAGES), np.random.default_rng(0).random(IMAGES[:-1]) < 0.5
    masked = fused(x, training=True, mask=mask)
    np.testing.assert_allclose(masked, plain(x, training=True, mask=mask), atol=1e-5)
    assert np.abs(masked - pair(IMAGES)[0](x, training=True)).max() > 0.01
    assert_same_weights(fused, plain)


def test_keras_loads_its_weights(tmp_path):
    file = tmp_path / "n.weights.h5"
    networks = [keras.Sequential([keras.Input(IMAGES[1:]), layer]) for layer in pair(IMAGES)]
    networks[1].layers[0].set_weights([np.ones(3, np.float32)] * 4)
    networks[0].save_weights(file)
    networks[1].load_weights(file)
    assert_same_weights(*(network.layers[0] for network in networks))


def test_config_round_trip():
    layer = BatchNormalization(momentum=0.7, epsilon=0.01)
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(rebuilt) is BatchNormalization
    assert rebuilt.get_config() == layer.get_config()

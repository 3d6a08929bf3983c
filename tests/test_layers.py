"""The fused batch normalisation gives what Keras's own gives; standardised images are of one strength."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.members.layers import BatchNormalization, Standardize

pytestmark = pytest.mark.usefixtures("float32")

FLAT, IMAGES = (6, 3), (4, 5, 2, 3)


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype(np.float32)


def pair(shape: tuple[int, ...], **options) -> tuple[BatchNormalization, keras.layers.BatchNormalization]:
    """The fused layer and Keras's with the same weights, none of them the initial ones."""
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
def test_the_outputs_are_keras_own(shape, training):
    fused, plain = pair(shape)
    x = values(*shape)
    np.testing.assert_allclose(fused(x, training=training), plain(x, training=training), atol=1e-5)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_training_moves_the_statistics_as_keras_does(shape):
    fused, plain = pair(shape, momentum=0.7)
    before = fused.moving_variance.numpy()
    for seed in range(3):
        fused(values(*shape, seed=seed), training=True)
        plain(values(*shape, seed=seed), training=True)
    assert np.abs(fused.moving_variance.numpy() - before).min() > 0.01
    assert_same_weights(fused, plain)


def test_the_moving_variance_follows_the_biased_variance():
    layer = BatchNormalization(momentum=0.5)
    layer(np.array([[1.0], [3.0]], np.float32), training=True)
    np.testing.assert_allclose(layer.moving_mean, [0.5 * 0 + 0.5 * 2], atol=1e-6)
    np.testing.assert_allclose(layer.moving_variance, [0.5 * 1 + 0.5 * 1], atol=1e-6)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_inference_leaves_the_statistics(shape):
    layer, _ = pair(shape)
    before = layer.get_weights()
    layer(values(*shape), training=False)
    np.testing.assert_equal(layer.get_weights(), before)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
@pytest.mark.parametrize("training", [True, False])
def test_the_gradients_are_keras_own(shape, training):
    x, towards = tf.constant(values(*shape)), values(*shape, seed=9)
    found = []
    for layer in pair(shape):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=training) * towards)
        found.append(tape.gradient(loss, [x, layer.gamma.value, layer.beta.value]))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4, rtol=1e-5)


def test_a_frozen_layer_is_in_inference_as_keras_is():
    fused, plain = pair(IMAGES)
    fused.trainable = plain.trainable = False
    x = values(*IMAGES)
    np.testing.assert_allclose(fused(x, training=True), plain(x, training=True), atol=1e-5)
    assert_same_weights(fused, plain)


@pytest.mark.parametrize("shape", [FLAT, IMAGES])
def test_bfloat16_comes_close_and_keeps_float32_statistics(shape):
    fused, plain = pair(shape, dtype="mixed_bfloat16")
    x = values(*shape)
    ours, theirs = fused(x, training=True), plain(x, training=True)
    assert ours.dtype == theirs.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(ours, "float32"), tf.cast(theirs, "float32"), atol=0.05)
    assert {weight.dtype for weight in fused.weights} == {"float32"}
    for mine, yours in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, yours, atol=1e-3)


def test_one_kernel_normalises():
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
def test_what_the_kernel_cannot_do_is_left_to_keras(shape, options):
    fused, plain = pair(shape, **options)
    x = values(*shape)
    np.testing.assert_allclose(fused(x, training=True), plain(x, training=True), atol=1e-5)
    assert_same_weights(fused, plain)
    assert "FusedBatchNormV3" not in operations(fused, x)


def test_masks_are_left_to_keras():
    fused, plain = pair(IMAGES)
    x, mask = values(*IMAGES), np.random.default_rng(0).random(IMAGES[:-1]) < 0.5
    masked = fused(x, training=True, mask=mask)
    np.testing.assert_allclose(masked, plain(x, training=True, mask=mask), atol=1e-5)
    assert np.abs(masked - pair(IMAGES)[0](x, training=True)).max() > 0.01
    assert_same_weights(fused, plain)


def test_keras_own_layer_reads_its_weights_file(tmp_path):
    file = tmp_path / "n.weights.h5"
    networks = [keras.Sequential([keras.Input(IMAGES[1:]), layer]) for layer in pair(IMAGES)]
    networks[1].layers[0].set_weights([np.ones(3, np.float32)] * 4)
    networks[0].save_weights(file)
    networks[1].load_weights(file)
    assert_same_weights(*(network.layers[0] for network in networks))


def test_its_configuration_makes_it_again():
    layer = BatchNormalization(momentum=0.7, epsilon=0.01)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is BatchNormalization
    assert again.get_config() == layer.get_config()


def standardized(*images: list) -> np.ndarray:
    """Rows of pixels, an image each, to what the layer makes of them."""
    return np.asarray(Standardize()(np.array(images, np.float32)[:, None, :, None]))[:, 0, :, 0]


def test_a_standardized_image_by_hand():
    # Mean 0.5 and variance 0.25, to which 0.001 is added.
    np.testing.assert_allclose(standardized([0, 1, 0, 1]), [np.array([-1, 1, -1, 1]) * 0.5 / 0.251**0.5], atol=1e-6)


def test_every_image_is_standardized_on_its_own():
    both = standardized([0, 1, 0, 1], [0.4, 0.6, 0.8, 0.2])
    np.testing.assert_allclose(both[1:], standardized([0.4, 0.6, 0.8, 0.2]), atol=1e-6)
    np.testing.assert_allclose(both.mean(axis=1), [0, 0], atol=1e-6)


def test_a_faint_image_becomes_nearly_as_strong_as_its_original():
    strong, faint = standardized([0, 1, 0, 1], [0.4, 0.6, 0.4, 0.6])
    np.testing.assert_allclose(faint, strong, atol=0.06)


def test_an_image_of_one_grey_becomes_zeros():
    np.testing.assert_allclose(standardized([0.7] * 4), [[0] * 4], atol=1e-5)


def test_images_are_standardized_in_float32_whatever_the_policy(bfloat16):
    assert Standardize()(np.zeros((1, 2, 2, 1), np.float32)).dtype == tf.float32


def test_a_standardizing_layers_configuration_makes_it_again():
    layer = Standardize(name="s")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()

"""The fused batch normalisation and small convolutions give what Keras's own give, and dropout what its rate says.

Standardised images are of one strength.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.layers.layers import BatchNormalization, Conv2D, Dropout, Standardize

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


ONES = np.ones((999, 101), np.float32)  # not a multiple of the four values that a random word is for


def dropped(rate: float, inputs=ONES, seed: int = 0, **options):
    return np.asarray(Dropout(rate, seed=seed, **options)(inputs, training=True))


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.2, 0.25, 0.3, 0.5, 0.7, 0.8, 0.99, 0.999])
def test_the_share_of_zeros_is_the_rate(rate):
    found = (dropped(rate) == 0).mean()
    rounding = 1 / 512  # to the next 256th
    assert abs(found - rate) < rounding + 5 * (rate * (1 - rate) / ONES.size) ** 0.5


@pytest.mark.parametrize(("rate", "threshold"), [(0.2, 51), (0.25, 64), (0.3, 77), (0.5, 128), (0.8, 205)])
def test_values_that_stay_are_enlarged_to_keep_their_expectation(rate, threshold):
    values_, share = dropped(rate, 3 * ONES), threshold / 256
    np.testing.assert_allclose(np.unique(values_), [0, 3 / (1 - share)], rtol=1e-6)
    assert abs(values_.mean() - 3) < 5 * 3 * (share / (1 - share) / ONES.size) ** 0.5


def test_each_value_is_dropped_on_its_own():
    zeros = dropped(0.3) == 0
    for first, second in [(zeros[:, 1:], zeros[:, :-1]), (zeros[:, 4:], zeros[:, :-4]), (zeros[1:], zeros[:-1])]:
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / first.size**0.5


def test_what_is_kept_is_the_value_itself():
    x = values(*IMAGES)
    kept = dropped(0.5, x)
    np.testing.assert_array_equal(kept, np.where(kept == 0, 0, 2 * x))


def test_the_same_seed_drops_the_same_values():
    np.testing.assert_array_equal(dropped(0.5), dropped(0.5))
    assert not np.array_equal(dropped(0.5), dropped(0.5, seed=1))


def test_every_call_drops_other_values():
    layer = Dropout(0.5, seed=0)
    assert not np.array_equal(layer(ONES, training=True), layer(ONES, training=True))


@pytest.mark.parametrize("options", [{}, {"training": False}])
def test_nothing_is_dropped_in_inference(options):
    np.testing.assert_array_equal(Dropout(0.5)(values(*IMAGES), **options), values(*IMAGES))


def test_a_rate_of_zero_drops_nothing():
    np.testing.assert_array_equal(dropped(0.0, values(*IMAGES)), values(*IMAGES))


@pytest.mark.parametrize("training", [True, False])
def test_what_is_bfloat16_stays_bfloat16(training):
    outputs = Dropout(0.3, dtype="mixed_bfloat16", seed=0)(ONES, training=training)
    assert outputs.dtype == tf.bfloat16
    expected = [0, 256 / (256 - 77)] if training else [1]
    np.testing.assert_allclose(np.unique(tf.cast(outputs, "float32")), expected, rtol=0.004)


def test_gradients_flow_through_the_values_that_stay():
    x = tf.constant(values(*IMAGES))
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = Dropout(0.25, seed=0)(x, training=True)
    kept = np.asarray(outputs) != 0
    np.testing.assert_allclose(tape.gradient(outputs, x), np.where(kept, 256 / 192, 0), rtol=1e-6)


def test_batches_of_any_size_are_dropped_from():
    layer = Dropout(0.5, seed=0)
    run = tf.function(lambda x: layer(x, training=True), input_signature=[tf.TensorSpec([None, 101])])
    assert [run(ONES[:count]).shape for count in (1, 3, 7)] == [(1, 101), (3, 101), (7, 101)]


def test_whole_rows_are_dropped_where_keras_is_asked_to():
    zeros = dropped(0.5, noise_shape=(999, 1)) == 0
    assert {row.mean() for row in zeros} == {0.0, 1.0}


def test_a_dropouts_configuration_makes_it_again():
    layer = Dropout(0.3, seed=7)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is Dropout
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


def convolutions(size: tuple[int, int], kernel: tuple[int, int]):
    """Outputs and gradients, of our layer and of Keras's, for whole numbers, which bfloat16 adds exactly."""
    rng = np.random.default_rng(0)
    weights, x, towards = (
        rng.integers(-2, 3, shape).astype(np.float32) for shape in ((*kernel, 3, 5), (4, *size, 3), (4, *size, 5))
    )
    for kind in (Conv2D, keras.layers.Conv2D):
        layer = kind(5, kernel, padding="same", use_bias=False, dtype=keras.DTypePolicy("mixed_bfloat16"))
        layer.build(x.shape)
        layer.set_weights([weights])
        with tf.GradientTape() as tape:
            images = tf.constant(x, layer.compute_dtype)
            tape.watch(images)
            outputs = layer(images)
            loss = tf.reduce_sum(tf.cast(outputs, "float32") * towards)
        yield [outputs, *tape.gradient(loss, [images, layer.kernel.value])]


@pytest.mark.parametrize("kernel", [(3, 3), (4, 2), (1, 5)])
@pytest.mark.parametrize("size", [(6, 6), (3, 5)])
def test_small_convolutions_and_their_gradients_are_keras_own(size, kernel):
    for ours, theirs in zip(*convolutions(size, kernel), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(tf.cast(ours, "float32"), tf.cast(theirs, "float32"))


@pytest.mark.parametrize(
    ("dtype", "side", "own"), [("mixed_bfloat16", 6, False), ("mixed_bfloat16", 7, True), ("float32", 6, True)]
)
def test_small_convolutions_in_bfloat16_have_another_gradient(dtype, side, own):
    layer = Conv2D(2, 3, padding="same", dtype=keras.DTypePolicy(dtype))

    def gradient(images):
        with tf.GradientTape() as tape:
            outputs = layer(images)
        return tape.gradient(outputs, layer.kernel.value)

    x = tf.zeros((2, side, side, 2), layer.compute_dtype)
    layer.build(x.shape)
    graph = tf.function(gradient).get_concrete_function(x).graph
    assert ("Conv2DBackpropFilter" in {operation.type for operation in graph.get_operations()}) == own

"""Dropout at its rate, scaled to keep the expectation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.inference.layers.dropout import Dropout

pytestmark = pytest.mark.usefixtures("float32")

IMAGES = (4, 5, 2, 3)
ONES = np.ones((999, 101), np.float32)  # not a multiple of the four values of a random word


def values(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(1.0, 2.0, shape).astype(np.float32)


def dropped(rate: float, inputs=ONES, seed: int = 0, **options):
    return np.asarray(Dropout(rate, seed=seed, **options)(inputs, training=True))


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.2, 0.25, 0.3, 0.5, 0.7, 0.8, 0.99, 0.999])
def test_the_fraction_of_zeros_is_the_rate(rate):
    fraction = (dropped(rate) == 0).mean()
    rounding = 1 / 512  # to the next 256th
    assert abs(fraction - rate) < rounding + 5 * (rate * (1 - rate) / ONES.size) ** 0.5


@pytest.mark.parametrize(("rate", "threshold"), [(0.2, 51), (0.25, 64), (0.3, 77), (0.5, 128), (0.8, 205)])
def test_kept_values_are_scaled_to_keep_the_expectation(rate, threshold):
    outputs, rounded = dropped(rate, 3 * ONES), threshold / 256
    np.testing.assert_allclose(np.unique(outputs), [0, 3 / (1 - rounded)], rtol=1e-6)
    assert abs(outputs.mean() - 3) < 5 * 3 * (rounded / (1 - rounded) / ONES.size) ** 0.5


def test_values_are_dropped_independently():
    zeros = dropped(0.3) == 0
    for first, second in [(zeros[:, 1:], zeros[:, :-1]), (zeros[:, 4:], zeros[:, :-4]), (zeros[1:], zeros[:-1])]:
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 5 / first.size**0.5


def test_kept_values_are_the_scaled_inputs():
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
def test_bfloat16_inputs_give_bfloat16_outputs(training):
    outputs = Dropout(0.3, dtype="mixed_bfloat16", seed=0)(ONES, training=training)
    assert outputs.dtype == tf.bfloat16
    expected = [0, 256 / (256 - 77)] if training else [1]
    np.testing.assert_allclose(np.unique(tf.cast(outputs, "float32")), expected, rtol=0.004)


def test_gradients_flow_through_kept_values():
    x = tf.constant(values(*IMAGES))
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = Dropout(0.25, seed=0)(x, training=True)
    kept = np.asarray(outputs) != 0
    np.testing.assert_allclose(tape.gradient(outputs, x), np.where(kept, 256 / 192, 0), rtol=1e-6)


def test_the_batch_size_may_vary():
    layer = Dropout(0.5, seed=0)
    run = tf.function(lambda x: layer(x, training=True), input_signature=[tf.TensorSpec([None, 101])])
    assert [run(ONES[:count]).shape for count in (1, 3, 7)] == [(1, 101), (3, 101), (7, 101)]


def test_a_noise_shape_uses_keras():
    zeros = dropped(0.5, noise_shape=(999, 1)) == 0
    assert {row.mean() for row in zeros} == {0.0, 1.0}


def test_config_round_trip():
    layer = Dropout(0.3, seed=7)
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(rebuilt) is Dropout
    assert rebuilt.get_config() == layer.get_config()

"""Every image is standardized on its own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from letterpress.inference.layers.standardize import Standardize

pytestmark = pytest.mark.usefixtures("float32")


def standardized(*images: list) -> np.ndarray:
    """Standardize rows of pixels, an image each."""
    return np.asarray(Standardize()(np.array(images, np.float32)[:, None, :, None]))[:, 0, :, 0]


def test_a_literal_image():
    # Mean 0.5 and variance 0.25, to which 0.001 is added.
    np.testing.assert_allclose(standardized([0, 1, 0, 1]), [np.array([-1, 1, -1, 1]) * 0.5 / 0.251**0.5], atol=1e-6)


def test_images_are_standardized_independently():
    both = standardized([0, 1, 0, 1], [0.4, 0.6, 0.8, 0.2])
    np.testing.assert_allclose(both[1:], standardized([0.4, 0.6, 0.8, 0.2]), atol=1e-6)
    np.testing.assert_allclose(both.mean(axis=1), [0, 0], atol=1e-6)


def test_a_faint_image_nearly_equals_its_original():
    strong, faint = standardized([0, 1, 0, 1], [0.4, 0.6, 0.4, 0.6])
    np.testing.assert_allclose(faint, strong, atol=0.06)


def test_a_constant_image_becomes_zeros():
    np.testing.assert_allclose(standardized([0.7] * 4), [[0] * 4], atol=1e-5)


def test_outputs_are_float32_under_every_policy(bfloat16):
    assert Standardize()(np.zeros((1, 2, 2, 1), np.float32)).dtype == tf.float32


def test_config_round_trip():
    layer = Standardize(name="s")
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert rebuilt.get_config() == layer.get_config()

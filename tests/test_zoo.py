"""The networks have the sizes that their texts promise."""

from importlib import import_module

import keras
import numpy as np
import pytest

from letterpress.params.whole import ZOO

pytestmark = pytest.mark.usefixtures("float32")

NETWORKS = sorted(file.stem for file in ZOO.glob("*.py") if file.stem != "__init__")
OPTIONS = {"width": 2, "dense": 4, "dropout": 0.5}


def build(name: str, size=(8, 8), n_classes: int = 3, **options) -> keras.Model:
    return import_module(f"letterpress.members.zoo.{name}").build((*size, 1), n_classes, **OPTIONS | options)


def count(weights) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


def test_vgg_bn_has_its_weights():
    convolutions = 9 * (1 * 2 + 2 * 2) + 9 * (2 * 4 + 4 * 4) + 9 * (4 * 8 + 8 * 8 + 8 * 8)
    scales = 2 * (2 + 2 + 4 + 4 + 8 + 8 + 8 + 4)  # gamma and beta; as many moving statistics
    flat = 8 * 1 * 1
    network = build("vgg_bn")
    assert count(network.trainable_weights) == convolutions + scales + flat * 4 + (4 * 3 + 3)
    assert network.count_params() == count(network.trainable_weights) + scales


def test_stem_vgg_bn_has_its_weights():
    convolutions = 16 * 1 * 2 + 9 * 2 * 2 + 9 * (2 * 4 + 4 * 4) + 9 * (4 * 8 + 8 * 8 + 8 * 8)
    scales = 2 * (2 + 2 + 4 + 4 + 8 + 8 + 8 + 4)
    flat = 8 * 1 * 1
    network = build("stem_vgg_bn")
    assert count(network.trainable_weights) == convolutions + scales + flat * 4 + (4 * 3 + 3)
    assert network.count_params() == count(network.trainable_weights) + scales


@pytest.mark.parametrize("name", NETWORKS)
def test_a_side_shrinks_to_an_eighth(name):
    wide = build(name, (16, 32))
    assert count(wide.trainable_weights) - count(build(name).trainable_weights) == 8 * (2 * 4 - 1) * 4


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_float32_even_where_layers_compute_in_bfloat16(name, bfloat16):
    network = build(name, n_classes=5)
    assert {layer.compute_dtype for layer in network.layers if isinstance(layer, keras.layers.Conv2D)} == {"bfloat16"}
    logits = network(np.zeros((2, 8, 8, 1), np.float32))
    assert (logits.shape, logits.dtype.name) == ((2, 5), "float32")


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_logits_and_no_probabilities(name):
    network = build(name)
    network.layers[-1].set_weights([np.zeros((4, 3), np.float32), np.array([-7, 0, 9], np.float32)])
    np.testing.assert_array_equal(network(np.ones((1, 8, 8, 1), np.float32)), [[-7, 0, 9]])


@pytest.mark.parametrize("name", NETWORKS)
def test_dropout_works_in_training_alone(name):
    network, images = build(name), np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(network(images, training=False), network(images, training=False))
    assert not np.array_equal(network(images, training=True), network(images, training=True))

"""The networks have the weights, dropout rates and outputs that their docstrings name."""

from importlib import import_module

import keras
import numpy as np
import pytest

from letterpress.configuration import params

pytestmark = pytest.mark.usefixtures("float32")

NETWORKS = sorted(file.stem for file in params.NETWORKS.glob("*.py") if file.stem != "__init__")
WITH_DROPOUT = [name for name in NETWORKS if name != "pca"]
VGG = {"width": 2, "dense": 4, "dropout": 0.5}
KWARGS = {
    "vgg_bn": VGG,
    "stem_vgg_bn": VGG,
    "tence": {"divide": 64},
    "pca": {"components": 4},
    "unpadded": {"kernel": 5, "depth": 2, "width": 2, "dropout": 0.5},
}
SIDE = 25  # the smallest that leaves deotte's last convolution its 4 pixels


def build(name: str, size=(SIDE, SIDE), n_classes: int = 3, **kwargs) -> keras.Model:
    return import_module(f"letterpress.networks.{name}").build((*size, 1), n_classes, **KWARGS.get(name, {}) | kwargs)


def random_images(count: int = 4, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(0).random((count, side, side, 1)).astype(np.float32)


def count_weights(weights) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


def conv(inputs: int, filters: int, kernel: int = 3) -> int:
    return kernel * kernel * inputs * filters + filters


def dense(inputs: int, units: int) -> int:
    return inputs * units + units


def test_weights_of_vgg_bn():
    convolutions = 9 * (1 * 2 + 2 * 2) + 9 * (2 * 4 + 4 * 4) + 9 * (4 * 8 + 8 * 8 + 8 * 8)
    scales = 2 * (2 + 2 + 4 + 4 + 8 + 8 + 8 + 4)  # gamma and beta; as many moving statistics
    flat = 8 * 1 * 1
    network = build("vgg_bn", (8, 8))
    assert count_weights(network.trainable_weights) == convolutions + scales + flat * 4 + (4 * 3 + 3)
    assert network.count_params() == count_weights(network.trainable_weights) + scales


def test_weights_of_stem_vgg_bn():
    convolutions = 16 * 1 * 2 + 9 * 2 * 2 + 9 * (2 * 4 + 4 * 4) + 9 * (4 * 8 + 8 * 8 + 8 * 8)
    scales = 2 * (2 + 2 + 4 + 4 + 8 + 8 + 8 + 4)
    flat = 8 * 1 * 1
    network = build("stem_vgg_bn", (8, 8))
    assert count_weights(network.trainable_weights) == convolutions + scales + flat * 4 + (4 * 3 + 3)
    assert network.count_params() == count_weights(network.trainable_weights) + scales


def test_weights_of_codeastar_are_those_published():
    network = build("codeastar", (28, 28), 10)
    assert [layer.count_params() for layer in network.layers if layer.weights] == [780, 4065, 192128, 6450, 510]
    assert network.count_params() == 203933


def test_weights_of_ghouzam_are_those_published():
    assert build("ghouzam", (28, 28), 10).count_params() == 887530


def test_weights_of_deotte():
    # 28 pixels: 26, 24, strided 12, 10, 8, strided 4, and 1.
    shapes = [(1, 32, 3), (32, 32, 3), (32, 32, 5), (32, 64, 3), (64, 64, 3), (64, 64, 5), (64, 128, 4)]
    scales = 4 * (3 * 32 + 3 * 64 + 128)
    assert build("deotte", (28, 28), 10).count_params() == sum(conv(*s) for s in shapes) + scales + dense(128, 10)


def test_weights_of_sixconv():
    # 28 pixels: 26, pooled 13, 11, pooled 5, 3, pooled 1.
    convolutions = [conv(1, 32), conv(32, 32), conv(32, 64), conv(64, 32), conv(32, 64), conv(64, 64)]
    expected = [*convolutions, dense(1 * 1 * 64, 256), dense(256, 10)]
    network = build("sixconv", (28, 28), 10)
    assert [layer.count_params() for layer in network.layers if layer.weights] == expected


def test_weights_of_nhcd():
    # 36 pixels: 34, 32, pooled 16.
    expected = [conv(1, 32), conv(32, 64), dense(16 * 16 * 64, 256), dense(256, 10)]
    network = build("nhcd", (36, 36), 10)
    assert [layer.count_params() for layer in network.layers if layer.weights] == expected


def test_weights_of_nhcd_wide():
    # 36 pixels: 34, 32, pooled 16, 14.
    denses = [dense(14 * 14 * 32, 512), dense(512, 512), dense(512, 58)]
    network = build("nhcd_wide", (36, 36), 58)
    weights = [layer.count_params() for layer in network.layers if layer.weights]
    assert weights == [conv(1, 128), conv(128, 64), conv(64, 32), *denses]


@pytest.mark.parametrize("divide", [1, 2, 4])
def test_weights_of_tence(divide, monkeypatch):
    # 57 million random numbers would take seconds.
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", keras.initializers.Zeros.__call__)
    # 32 pixels, pooled to 16, 8 and 4.
    a, b, c, wide = 128 // divide, 256 // divide, 512 // divide, 4096 // divide
    convolutions = [conv(1, a), conv(a, a), conv(a, b), conv(b, b), conv(b, c), conv(c, c), conv(c, c)]
    expected = [*convolutions, dense(4 * 4 * c, wide), dense(wide, wide), dense(wide, 62)]
    network = build("tence", (32, 32), 62, divide=divide)
    assert [layer.count_params() for layer in network.layers if layer.weights] == expected


@pytest.mark.parametrize(("kernel", "depth", "width", "side"), [(5, 5, 32, 8), (7, 4, 48, 4)])
def test_weights_of_unpadded_are_those_of_its_paper(kernel, depth, width, side):
    inputs = [1, *(times * width for times in range(1, depth))]
    convolutions = sum(kernel * kernel * n * times * width for times, n in enumerate(inputs, 1))
    scales = 2 * sum(times * width for times in range(1, depth + 1))
    network = build("unpadded", (28, 28), 10, kernel=kernel, depth=depth, width=width)
    assert count_weights(network.trainable_weights) == convolutions + scales + dense(side * side * depth * width, 10)


def test_weights_of_pca():
    network = build("pca", (36, 36), 10, components=24)
    assert network.count_params() == dense(36 * 36, 24) + dense(24, 10)


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("codeastar", [0.2]),
        ("deotte", [0.4, 0.4, 0.4]),
        ("ghouzam", [0.25, 0.25, 0.5]),
        ("nhcd", [0.25, 0.8]),
        ("nhcd_wide", [0.25, 0.25, 0.7, 0.7]),
        ("sixconv", [0.25, 0.25, 0.25]),
        ("tence", [0.5, 0.5]),
    ],
)
def test_dropout_rates_of_published_networks(name, rates):
    assert [layer.rate for layer in build(name).layers if isinstance(layer, keras.layers.Dropout)] == rates


@pytest.mark.parametrize("name", ["vgg_bn", "stem_vgg_bn"])
def test_sides_shrink_to_an_eighth(name):
    large, small = build(name, (16, 32)), build(name, (8, 8))
    assert count_weights(large.trainable_weights) - count_weights(small.trainable_weights) == 8 * (2 * 4 - 1) * 4


@pytest.mark.parametrize("name", NETWORKS)
def test_logits_are_float32_under_every_policy(name, bfloat16):
    network = build(name, n_classes=5)
    convolutions = {layer.compute_dtype for layer in network.layers if isinstance(layer, keras.layers.Conv2D)}
    assert convolutions == (set() if name == "pca" else {"bfloat16"})
    logits = network(random_images(2))
    assert (logits.shape, logits.dtype.name) == ((2, 5), "float32")


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_logits(name):
    network = build(name)
    kernel, _ = network.layers[-1].get_weights()
    network.layers[-1].set_weights([np.zeros_like(kernel), np.array([-7, 0, 9], np.float32)])
    np.testing.assert_array_equal(network(random_images(1)), [[-7, 0, 9]])


@pytest.mark.parametrize("name", NETWORKS)
def test_inference_is_deterministic(name):
    network, images = build(name), random_images()
    np.testing.assert_array_equal(network(images, training=False), network(images, training=False))


@pytest.mark.parametrize("name", WITH_DROPOUT)
def test_dropout_is_active_in_training(name):
    network, images = build(name), random_images()
    assert not np.array_equal(network(images, training=True), network(images, training=True))


def components(images: np.ndarray):
    """Return the features of the network pca adapted to the images."""
    network = build("pca")
    network.layers[-2].adapt(images)
    return keras.Model(network.input, network.layers[-1].input)(images)


def test_principal_components_have_the_largest_variances():
    images = random_images(40)
    found = np.asarray(components(images))
    np.testing.assert_allclose(found.mean(axis=0), np.zeros(4), atol=1e-5)
    largest = np.linalg.eigvalsh(np.cov(images.reshape(40, -1).T))[:-5:-1]
    np.testing.assert_allclose(np.cov(found.T), np.diag(largest), atol=1e-4)


def test_principal_components_are_float32_under_every_policy(bfloat16):
    assert components(random_images(40)).dtype.name == "float32"

"""Networks are built from their seed, and weights files of other networks are refused."""

import hashlib
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference.factory import (
    adapt_layers,
    build_network,
    copy_weights,
    digest_weights,
    load_weights,
    save_weights,
)
from letterpress.infrastructure.errors import UserError

pytestmark = [
    pytest.mark.usefixtures("float32"),
    # Keras warns of what a file of another network lacks before it refuses the file.
    pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning"),
]

PCA_MEMBER = MemberConfig(network="pca", seed=0, kwargs={"components": 5})
KWARGS = {"width": 2, "dense": 4, "dropout": 0.5}
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)


def build(network: str = "stem_vgg_bn", seed: int = 0, n_classes: int = 3, size=(8, 8), **kwargs):
    return build_network(MemberConfig(network=network, seed=seed, kwargs=KWARGS | kwargs), size, n_classes)


def test_the_same_seed_builds_the_same_weights():
    np.testing.assert_equal(build().get_weights(), build().get_weights())


def test_another_seed_builds_other_weights():
    kernels = [build(seed=seed).get_weights()[0] for seed in (0, 1)]
    assert np.abs(kernels[0] - kernels[1]).min() > 0


def test_a_network_reads_one_channel_and_has_a_logit_a_class():
    network = build(size=(16, 8), n_classes=7)
    assert (network.input_shape, network.output_shape) == ((None, 16, 8, 1), (None, 7))


def test_unknown_kwargs_are_refused():
    with pytest.raises(UserError, match=r"params\.yaml: the network vgg_bn cannot be built: .*'depth'"):
        build("vgg_bn", depth=3)


def test_missing_kwargs_are_refused():
    # Python 3.12 says "keyword-only".
    expected = r"the network vgg_bn cannot be built: missing a required (keyword-only )?argument: 'width'"
    with pytest.raises(UserError, match=expected):
        build_network(MemberConfig(network="vgg_bn", seed=0, kwargs={"dense": 4, "dropout": 0.5}), (8, 8), 3)


def test_images_too_small_for_the_network_are_refused():
    with pytest.raises(UserError, match=r"the network vgg_bn cannot be built"):
        build("vgg_bn", size=(4, 4))


def test_kwargs_that_no_layer_can_have_are_refused():
    with pytest.raises(UserError, match=r"the network tence cannot be built"):
        build_network(MemberConfig(network="tence", seed=0, kwargs={"divide": 0}), (8, 8), 3)


@pytest.mark.parametrize("images", [IMAGES, (IMAGES / 100 - 1).astype(np.float32)], ids=["uint8", "float32"])
def test_components_are_adapted_to_the_networks_inputs(images):
    network = build_network(PCA_MEMBER, (8, 8), 3)
    adapt_layers(network, images)
    inputs = images.reshape(30, 64) / 255 if images.dtype == np.uint8 else images.reshape(30, 64)
    found = keras.Model(network.input, network.layers[-1].input)(inputs.reshape(30, 8, 8, 1))
    expected = PCA(5, svd_solver="full").fit_transform(inputs.astype(np.float64))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_adapting_twice_gives_the_same_weights():
    adapted = [build_network(PCA_MEMBER, (8, 8), 3) for _ in range(2)]
    for network in adapted:
        adapt_layers(network, IMAGES)
    np.testing.assert_equal(adapted[0].get_weights(), adapted[1].get_weights())


def test_other_layers_are_not_adapted():
    network = build()
    adapt_layers(network, IMAGES)
    np.testing.assert_equal(network.get_weights(), build().get_weights())


def test_more_components_than_images_are_refused():
    network = build_network(replace(PCA_MEMBER, kwargs={"components": 31}), (8, 8), 3)
    with pytest.raises(UserError, match="components"):
        adapt_layers(network, IMAGES)


def test_copied_weights_are_equal_and_independent():
    source, target = build(), build(seed=1)
    copy_weights(source, target)
    np.testing.assert_equal(target.get_weights(), source.get_weights())
    source.trainable_variables[0].assign(np.zeros((4, 4, 1, 2)))
    assert np.abs(target.get_weights()[0]).min() > 0


def test_weights_round_trip(tmp_path):
    source, target = build(), build(seed=1)
    save_weights(source, tmp_path / "m.weights.h5")
    load_weights(target, tmp_path / "m.weights.h5")
    np.testing.assert_equal(target.get_weights(), source.get_weights())


def test_saving_twice_gives_the_same_bytes(tmp_path):
    network = build()
    save_weights(network, tmp_path / "a.weights.h5")
    save_weights(network, tmp_path / "b.weights.h5")
    assert (tmp_path / "a.weights.h5").read_bytes() == (tmp_path / "b.weights.h5").read_bytes()


def test_saving_replaces_the_file(tmp_path):
    file = tmp_path / "m.weights.h5"
    first, second = build(), build(seed=1)
    save_weights(first, file)
    save_weights(second, file)
    load_weights(first, file)
    np.testing.assert_equal(first.get_weights(), second.get_weights())
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "other",
    [{"network": "vgg_bn"}, {"n_classes": 4}, {"size": (16, 16)}, {"width": 3}, {"dense": 5}],
    ids=lambda other: next(iter(other)),
)
def test_weights_of_another_network_are_refused(tmp_path, other):
    file = tmp_path / "m.weights.h5"
    save_weights(build(), file)
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights of this network .*train it again"):
        load_weights(build(**other), file)


@pytest.mark.parametrize("size", [0, 10, 5000, -1])
def test_a_truncated_file_is_refused(tmp_path, size):
    file = tmp_path / "m.weights.h5"
    save_weights(build(), file)
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights"):
        load_weights(build(), file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights"):
        load_weights(build(), tmp_path / "m.weights.h5")


def test_the_digest_is_the_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digest_weights(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_a_missing_file_has_no_digest(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read .*run `dvc repro pretrain`"):
        digest_weights(tmp_path / "a")

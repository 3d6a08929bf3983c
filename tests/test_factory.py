"""Networks are made by their seed, and their weights' files are told from all others."""

import hashlib

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from letterpress.configuration.ensemble import MemberConfig
from letterpress.inference import factory as networks
from letterpress.infrastructure.errors import UserError

pytestmark = [
    pytest.mark.usefixtures("float32"),
    # Keras tells of what a foreign file lacks before it refuses the file.
    pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning"),
]

OPTIONS = {"width": 2, "dense": 4, "dropout": 0.5}
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)


def build(net: str = "stem_vgg_bn", seed: int = 0, n_classes: int = 3, size=(8, 8), **options):
    return networks.build(MemberConfig(net, seed, OPTIONS | options), size, n_classes)


def test_the_same_seed_builds_the_same_weights():
    np.testing.assert_equal(build().get_weights(), build().get_weights())


def test_another_seed_builds_other_weights():
    kernels = [build(seed=seed).get_weights()[0] for seed in (0, 1)]
    assert np.abs(kernels[0] - kernels[1]).min() > 0


def test_a_network_takes_grey_images_and_has_a_logit_a_class():
    network = build(size=(16, 8), n_classes=7)
    assert (network.input_shape, network.output_shape) == ((None, 16, 8, 1), (None, 7))


def test_wrong_options_are_refused():
    with pytest.raises(UserError, match=r"params\.yaml: the network vgg_bn cannot be built: .*'depth'"):
        build("vgg_bn", depth=3)


def test_missing_options_are_refused():
    with pytest.raises(UserError, match=r"the network vgg_bn cannot be built: missing a required argument: 'width'"):
        networks.build(MemberConfig("vgg_bn", 0, {"dense": 4, "dropout": 0.5}), (8, 8), 3)


def test_images_too_small_for_the_network_are_refused():
    with pytest.raises(UserError, match=r"the network vgg_bn cannot be built"):
        build("vgg_bn", size=(4, 4))


def test_options_that_no_layer_can_have_are_refused():
    with pytest.raises(UserError, match=r"the network tence cannot be built"):
        networks.build(MemberConfig("tence", 0, {"divide": 0}), (8, 8), 3)


@pytest.mark.parametrize("images", [IMAGES, (IMAGES / 100 - 1).astype(np.float32)], ids=["uint8", "float32"])
def test_adapted_components_are_those_of_the_images_as_the_network_sees_them(images):
    network = networks.build(MemberConfig("pca", 0, {"components": 5}), (8, 8), 3)
    networks.adapt(network, images)
    seen = images.reshape(30, 64) / 255 if images.dtype == np.uint8 else images.reshape(30, 64)
    found = keras.Model(network.input, network.layers[-1].input)(seen.reshape(30, 8, 8, 1))
    expected = PCA(5, svd_solver="full").fit_transform(seen.astype(np.float64))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_adapting_twice_gives_the_same_weights():
    adapted = [networks.build(MemberConfig("pca", 0, {"components": 5}), (8, 8), 3) for _ in range(2)]
    for network in adapted:
        networks.adapt(network, IMAGES)
    np.testing.assert_equal(adapted[0].get_weights(), adapted[1].get_weights())


def test_networks_that_learn_by_steps_are_not_adapted():
    network = build()
    networks.adapt(network, IMAGES)
    np.testing.assert_equal(network.get_weights(), build().get_weights())


def test_more_components_than_images_are_refused():
    network = networks.build(MemberConfig("pca", 0, {"components": 31}), (8, 8), 3)
    with pytest.raises(UserError, match="components"):
        networks.adapt(network, IMAGES)


def test_copied_weights_are_equal_and_apart():
    source, target = build(), build(seed=1)
    networks.copy_weights(source, target)
    np.testing.assert_equal(target.get_weights(), source.get_weights())
    source.trainable_variables[0].assign(np.zeros((4, 4, 1, 2)))
    assert np.abs(target.get_weights()[0]).min() > 0


def test_saved_weights_are_loaded_bit_by_bit(tmp_path):
    source, target = build(), build(seed=1)
    networks.save_weights(source, tmp_path / "m.weights.h5")
    networks.load_weights(target, tmp_path / "m.weights.h5")
    np.testing.assert_equal(target.get_weights(), source.get_weights())


def test_saving_twice_gives_the_same_bytes(tmp_path):
    network = build()
    networks.save_weights(network, tmp_path / "a.weights.h5")
    networks.save_weights(network, tmp_path / "b.weights.h5")
    assert (tmp_path / "a.weights.h5").read_bytes() == (tmp_path / "b.weights.h5").read_bytes()


def test_saving_replaces_the_file_and_leaves_no_other(tmp_path):
    file = tmp_path / "m.weights.h5"
    first, second = build(), build(seed=1)
    networks.save_weights(first, file)
    networks.save_weights(second, file)
    networks.load_weights(first, file)
    np.testing.assert_equal(first.get_weights(), second.get_weights())
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "other",
    [{"network": "vgg_bn"}, {"n_classes": 4}, {"size": (16, 16)}, {"width": 3}, {"dense": 5}],
    ids=lambda other: next(iter(other)),
)
def test_weights_of_another_network_are_refused(tmp_path, other):
    file = tmp_path / "m.weights.h5"
    networks.save_weights(build(), file)
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights of this network .*train it again"):
        networks.load_weights(build(**other), file)


@pytest.mark.parametrize("kept", [0, 10, 5000, -1])
def test_a_broken_file_is_refused(tmp_path, kept):
    file = tmp_path / "m.weights.h5"
    networks.save_weights(build(), file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights"):
        networks.load_weights(build(), file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"m\.weights\.h5: does not hold weights"):
        networks.load_weights(build(), tmp_path / "m.weights.h5")


def test_a_files_digest_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert networks.file_digest(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_a_missing_files_digest_names_the_parameter(tmp_path):
    with pytest.raises(UserError, match=r"cannot be read .*correct train\.initial_weights"):
        networks.file_digest(tmp_path / "a")

"""A trained member comes back from its folder as it was saved, with the parts that it has."""

from pathlib import Path

import keras
import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import SvcConfig
from letterpress.inference import factory as networks
from letterpress.inference import member as trained
from letterpress.inference import svc_head as heads
from letterpress.inference.member import TrainedMember, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import save_arrays

pytestmark = pytest.mark.usefixtures("float32")

MEMBER = MemberConfig("stem_vgg_bn", 0, {"width": 2, "dense": 4, "dropout": 0.5})
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.int32) % 3
SVC = SvcConfig("svc", c=(1.0,), gamma=(0.1,), folds=2, by_group=True, validation=False)
PARTS = {"plain": (False, False), "standardised": (True, False), "with heads": (False, True), "whole": (True, True)}


def make(standardised: bool = True, with_heads: bool = True) -> TrainedMember:
    """A member as a new process would have it: a weights file holds the layers' names, which count up."""
    policy = keras.config.dtype_policy()
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)
    features = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    return TrainedMember(
        networks.build(MEMBER, (8, 8), 3),
        PixelStatistics.of(IMAGES) if standardised else None,
        heads.fit(features, LABELS, ["a/0", "a/1", "b/0"], SVC, 0, lambda *_: None) if with_heads else {},
    )


def load(folder: Path) -> TrainedMember:
    return trained.load(folder, MEMBER, (8, 8), 3)


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_what_was_saved_is_loaded(tmp_path, parts):
    saved = make(*parts)
    saved.network.layers[-1].bias.assign([1, 2, 3])
    saved.save(tmp_path / "models" / "m0")
    loaded = load(tmp_path / "models" / "m0")
    np.testing.assert_equal(loaded.network.get_weights(), saved.network.get_weights())
    assert (loaded.statistics is not None, loaded.heads != {}) == parts
    if loaded.statistics is not None:
        np.testing.assert_equal(vars(loaded.statistics), vars(saved.statistics))
    np.testing.assert_equal(heads.to_arrays(loaded.heads), heads.to_arrays(saved.heads))


def test_a_member_has_the_files_of_its_parts_alone(tmp_path):
    make(standardised=True, with_heads=True).save(tmp_path / "m0")
    assert set(content(tmp_path / "m0")) == {"network.weights.h5", "statistics.npz", "heads.npz"}
    make(standardised=False, with_heads=False).save(tmp_path / "m0")
    assert set(content(tmp_path / "m0")) == {"network.weights.h5"}
    assert list(tmp_path.iterdir()) == [tmp_path / "m0"]


def test_equal_parts_give_equal_bytes(tmp_path):
    make().save(tmp_path / "a")
    make().save(tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_loaded_member_is_saved_in_the_same_bytes(tmp_path):
    make().save(tmp_path / "a")
    keras.utils.clear_session(free_memory=False)
    load(tmp_path / "a").save(tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_nothing_is_pickled(tmp_path):
    make().save(tmp_path / "m0")
    for name in ("statistics.npz", "heads.npz"):
        with np.load(tmp_path / "m0" / name, allow_pickle=True) as archive:
            assert {archive[key].dtype.kind for key in archive.files} <= {"f", "i"}


def test_pickled_heads_are_refused(tmp_path):
    make().save(tmp_path / "m0")
    np.savez(tmp_path / "m0" / "heads.npz", **{"a:classes": np.array([{}], object)})
    with pytest.raises(UserError, match=r"m0/heads\.npz: cannot be read .*train the member again"):
        load(tmp_path / "m0")


@pytest.mark.parametrize("name", ["statistics.npz", "heads.npz"])
@pytest.mark.parametrize("kept", [0, 10, -1])
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # numpy's, where it refuses an archive
def test_a_broken_file_is_refused_by_its_name(tmp_path, name, kept):
    make().save(tmp_path / "m0")
    file = tmp_path / "m0" / name
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError, match=rf"m0/{name}: cannot be read"):
        load(tmp_path / "m0")


@pytest.mark.parametrize("name", ["statistics.npz", "heads.npz"])
def test_a_file_that_lacks_arrays_is_refused_by_its_name(tmp_path, name):
    make().save(tmp_path / "m0")
    save_arrays(tmp_path / "m0" / name, **{"mean": np.zeros((8, 8), np.float32)})
    with pytest.raises(UserError, match=rf"m0/{name}: cannot be read"):
        load(tmp_path / "m0")


def test_a_member_that_was_not_trained_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"m0/network\.weights\.h5: does not hold weights"):
        load(tmp_path / "m0")


def test_the_features_follow_the_logits():
    network, images = make().network, IMAGES[..., None] / np.float32(255)
    outputs = np.asarray(with_features(network)(images))
    assert outputs.shape == (12, 3 + 4)
    np.testing.assert_allclose(outputs[:, :3], network(images), atol=1e-6)
    kernel, bias = network.layers[-1].get_weights()
    np.testing.assert_allclose(outputs[:, 3:] @ kernel + bias, outputs[:, :3], atol=1e-5)
    assert np.ptp(outputs[:, 3:], axis=0).max() > 0.01


def test_features_are_float32_where_layers_compute_in_bfloat16(bfloat16):
    outputs = with_features(make().network)(IMAGES[..., None] / np.float32(255))
    assert outputs.dtype.name == "float32"

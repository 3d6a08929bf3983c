"""A trained member round-trips through its folder."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import SvcConfig
from letterpress.inference.factory import build_network
from letterpress.inference.member import TrainedMember, load_member, with_features
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.svc_head import heads_to_arrays
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import save_arrays
from letterpress.training.svc import fit_heads

pytestmark = pytest.mark.usefixtures("float32")

MEMBER = MemberConfig(network="stem_vgg_bn", seed=3, kwargs={"width": 2, "dense": 4, "dropout": 0.5})
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)
LABELS = np.arange(12, dtype=np.int32) % 3
SVC = SvcConfig(name="svc", c=(1.0,), gamma=(0.1,), folds=2, by_group=True, fit_on_validation=False)
PARTS = {"plain": (False, False), "standardized": (True, False), "with heads": (False, True), "both": (True, True)}


def make(standardized: bool = True, with_heads: bool = True) -> TrainedMember:
    """Build a member as in a new process: a weights file holds the layers' names, which count up."""
    policy = keras.config.dtype_policy()
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)
    features = np.random.default_rng(0).normal(size=(12, 4)).astype(np.float32)
    fitted = fit_heads(features, LABELS, ["a/0", "a/1", "b/0"], SVC, seed=0) if with_heads else ()
    return TrainedMember(
        MEMBER,
        build_network(MEMBER, (8, 8), 3),
        PixelStatistics.from_images(IMAGES) if standardized else None,
        {one.group: one.head for one in fitted},
        fit_on_validation=with_heads,
    )


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_a_member_round_trips(tmp_path, parts):
    saved = make(*parts)
    saved.network.layers[-1].bias.assign([1, 2, 3])
    saved.save(tmp_path / "models/m0")
    loaded = load_member(tmp_path / "models/m0")
    np.testing.assert_equal(loaded.network.get_weights(), saved.network.get_weights())
    assert (loaded.config, loaded.fit_on_validation) == (saved.config, saved.fit_on_validation)
    assert (loaded.statistics is not None, loaded.heads != {}) == parts
    if loaded.statistics is not None:
        np.testing.assert_equal(vars(loaded.statistics), vars(saved.statistics))
    np.testing.assert_equal(heads_to_arrays(loaded.heads), heads_to_arrays(saved.heads))


def test_a_member_has_only_the_files_of_its_parts(tmp_path):
    make(standardized=True, with_heads=True).save(tmp_path / "m0")
    assert set(content(tmp_path / "m0")) == {"member.json", "network.weights.h5", "statistics.npz", "heads.npz"}
    make(standardized=False, with_heads=False).save(tmp_path / "m0")
    assert set(content(tmp_path / "m0")) == {"member.json", "network.weights.h5"}
    assert list(tmp_path.iterdir()) == [tmp_path / "m0"]


def test_the_folder_describes_the_member(tmp_path):
    make().save(tmp_path / "m0")
    assert json.loads((tmp_path / "m0/member.json").read_text()) == {
        "network": "stem_vgg_bn",
        "seed": 3,
        "kwargs": {"width": 2, "dense": 4, "dropout": 0.5},
        "image_size": [8, 8],
        "n_classes": 3,
        "fit_on_validation": True,
    }


def test_equal_members_give_equal_bytes(tmp_path):
    for name in "ab":
        make().save(tmp_path / name)
    keras.utils.clear_session(free_memory=False)
    load_member(tmp_path / "a").save(tmp_path / "c")
    assert content(tmp_path / "a") == content(tmp_path / "b") == content(tmp_path / "c")


def test_nothing_is_pickled(tmp_path):
    make().save(tmp_path / "m0")
    for name in ("statistics.npz", "heads.npz"):
        with np.load(tmp_path / "m0" / name, allow_pickle=True) as archive:
            assert {archive[key].dtype.kind for key in archive.files} <= {"f", "i"}


def test_pickled_heads_are_refused(tmp_path):
    make().save(tmp_path / "m0")
    np.savez(tmp_path / "m0/heads.npz", **{"a:classes": np.array([{}], object)})
    with pytest.raises(UserError, match=r"m0/heads\.npz: cannot be read .*train the member again"):
        load_member(tmp_path / "m0")


@pytest.mark.parametrize("name", ["member.json", "statistics.npz", "heads.npz"])
@pytest.mark.parametrize("size", [0, 10, -3])
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # numpy's, where it refuses an archive
def test_a_truncated_file_is_refused(tmp_path, name, size):
    make().save(tmp_path / "m0")
    file = tmp_path / "m0" / name
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(UserError, match=rf"m0/{name}: cannot be read"):
        load_member(tmp_path / "m0")


@pytest.mark.parametrize("name", ["statistics.npz", "heads.npz"])
def test_a_file_without_all_arrays_is_refused(tmp_path, name):
    make().save(tmp_path / "m0")
    save_arrays(tmp_path / "m0" / name, **{"mean": np.zeros((8, 8), np.float32)})
    with pytest.raises(UserError, match=rf"m0/{name}: cannot be read"):
        load_member(tmp_path / "m0")


@pytest.mark.parametrize("text", ["{}", "[]", '{"network": "none", "seed": 0, "kwargs": {}, "image_size": [8, 8]}'])
def test_a_description_of_no_member_is_refused(tmp_path, text):
    make().save(tmp_path / "m0")
    (tmp_path / "m0/member.json").write_text(text)
    with pytest.raises(UserError, match=r"m0/member\.json: describes no member .*train it again"):
        load_member(tmp_path / "m0")


@pytest.mark.parametrize(
    ("name", "reason"), [("member.json", "cannot be read"), ("network.weights.h5", "does not hold")]
)
def test_a_missing_file_is_refused(tmp_path, name, reason):
    make().save(tmp_path / "m0")
    (tmp_path / "m0" / name).unlink()
    with pytest.raises(UserError, match=f"m0/{name}: {reason}"):
        load_member(tmp_path / "m0")


def test_features_follow_the_logits():
    network, images = make().network, IMAGES[..., None] / np.float32(255)
    outputs = np.asarray(with_features(network)(images))
    assert outputs.shape == (12, 3 + 4)
    np.testing.assert_allclose(outputs[:, :3], network(images), atol=1e-6)
    kernel, bias = network.layers[-1].get_weights()
    np.testing.assert_allclose(outputs[:, 3:] @ kernel + bias, outputs[:, :3], atol=1e-5)
    assert np.ptp(outputs[:, 3:], axis=0).max() > 1e-3


def test_features_are_float32_under_every_policy(bfloat16):
    outputs = with_features(make().network)(IMAGES[..., None] / np.float32(255))
    assert outputs.dtype.name == "float32"

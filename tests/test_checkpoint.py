"""A checkpoint gives back what was saved, and only for the very same training."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.training import cache_key as fingerprints
from letterpress.training.cache_key import fingerprint
from letterpress.training.checkpoint import Checkpoint, Progress

PROGRESS = Progress(
    phase=1,
    epoch=2,
    history=[{"epoch": 1, "loss": 0.1 + 0.2}, {"epoch": 2, "loss": 1 / 3, "validation_loss": 0.5}],
    plateau=(-0.7, 3),
    best_score=0.75,
    best_weights=[np.array([1.5, -2], np.float32), np.zeros((2, 0), np.float32)],
)
VARIABLES = [np.array(7, np.int64), np.array([1, 2**32 - 1], np.uint32), np.ones((2, 3), np.float32)]


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "deep" / "m0.npz", "abc")


def test_what_was_saved_is_loaded(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    progress, variables = checkpoint.load()
    assert replace(progress, best_weights=[]) == replace(PROGRESS, best_weights=[])
    np.testing.assert_equal(progress.best_weights, PROGRESS.best_weights)
    np.testing.assert_equal(variables, VARIABLES)
    assert [array.dtype for array in variables] == [array.dtype for array in VARIABLES]


def test_a_young_trainings_infinities_survive(checkpoint):
    checkpoint.save(Progress(), [])
    assert checkpoint.load() == (Progress(), [])


def test_more_than_ten_variables_keep_their_order(checkpoint):
    checkpoint.save(Progress(best_weights=[np.array(-i) for i in range(12)]), [np.array(i) for i in range(12)])
    progress, variables = checkpoint.load()
    assert variables == list(range(12))
    assert progress.best_weights == [-i for i in range(12)]


def test_nothing_saved_is_nothing_loaded(checkpoint):
    assert checkpoint.load() is None


def test_another_fingerprint_is_ignored(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    assert Checkpoint(checkpoint.path, "abd").load() is None


def test_a_later_save_replaces_the_earlier_and_leaves_no_other_file(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    checkpoint.save(Progress(epoch=5), [])
    assert checkpoint.load() == (Progress(epoch=5), [])
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # numpy's, where it refuses an archive
@pytest.mark.parametrize("kept", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_ignored(checkpoint, kept):
    checkpoint.save(PROGRESS, VARIABLES)
    whole = checkpoint.path.read_bytes()
    checkpoint.path.write_bytes(whole[: round(len(whole) * kept)])
    assert checkpoint.load() is None


def test_an_empty_file_is_ignored(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    checkpoint.path.write_bytes(b"")
    assert checkpoint.load() is None


def test_a_file_with_a_changed_byte_is_ignored(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    content = bytearray(checkpoint.path.read_bytes())
    content[content.index(VARIABLES[2].tobytes())] ^= 255
    checkpoint.path.write_bytes(content)
    assert checkpoint.load() is None


def test_a_file_of_something_else_is_ignored(checkpoint):
    checkpoint.path.parent.mkdir()
    checkpoint.path.write_text("epoch,loss\n")
    assert checkpoint.load() is None


def test_removing_is_done_twice_without_harm(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    checkpoint.remove()
    checkpoint.remove()
    assert not checkpoint.path.exists()


MEMBER = MemberConfig(network="vgg_bn", seed=0, kwargs={"width": 2})
IMAGES = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)


def test_equal_parts_have_equal_fingerprints():
    assert fingerprint(MEMBER, IMAGES, "float32", 3) == fingerprint(replace(MEMBER), IMAGES.copy(), "float32", 3)


@pytest.mark.parametrize(
    "parts",
    [
        (replace(MEMBER, seed=1), IMAGES),
        (replace(MEMBER, kwargs={"width": 3}), IMAGES),
        (MEMBER, IMAGES + np.uint8(1)),
        (MEMBER, IMAGES.astype(np.int8)),
        (MEMBER, IMAGES.reshape(2, 1, 4)),
        (MEMBER, IMAGES, None),
        (IMAGES, MEMBER),
    ],
    ids=["seed", "option", "pixels", "dtype", "shape", "more", "order"],
)
def test_any_other_part_has_another_fingerprint(parts):
    assert fingerprint(*parts) != fingerprint(MEMBER, IMAGES)


def test_the_order_in_memory_does_not_matter():
    assert fingerprint(np.asfortranarray(IMAGES)) == fingerprint(IMAGES)


def test_arrays_without_images_have_fingerprints():
    assert fingerprint(np.empty((0, 8, 8), np.uint8)) != fingerprint(np.empty((0, 8, 9), np.uint8))


def test_changed_code_has_another_fingerprint(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "HERE", tmp_path)
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "net.py").write_text("WIDTH = 1\n")
    before = fingerprint(MEMBER)
    (tmp_path / "zoo" / "net.py").write_text("WIDTH = 2\n")
    assert fingerprint(MEMBER) != before

"""A checkpoint is loaded as it was saved, and only for the same training."""

from dataclasses import replace

import numpy as np
import pytest

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


def test_infinite_scores_round_trip(checkpoint):
    checkpoint.save(Progress(), [])
    assert checkpoint.load() == (Progress(), [])


def test_more_than_ten_variables_keep_their_order(checkpoint):
    checkpoint.save(Progress(best_weights=[np.array(-i) for i in range(12)]), [np.array(i) for i in range(12)])
    progress, variables = checkpoint.load()
    assert variables == list(range(12))
    assert progress.best_weights == [-i for i in range(12)]


def test_a_missing_file_is_ignored(checkpoint):
    assert checkpoint.load() is None


def test_another_cache_key_is_ignored(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    assert Checkpoint(checkpoint.path, "abd").load() is None


def test_a_later_save_replaces_the_file(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    checkpoint.save(Progress(epoch=5), [])
    assert checkpoint.load() == (Progress(epoch=5), [])
    assert list(checkpoint.path.parent.iterdir()) == [checkpoint.path]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # numpy's, where it refuses an archive
@pytest.mark.parametrize("fraction", [0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_ignored(checkpoint, fraction):
    checkpoint.save(PROGRESS, VARIABLES)
    whole = checkpoint.path.read_bytes()
    checkpoint.path.write_bytes(whole[: round(len(whole) * fraction)])
    assert checkpoint.load() is None


def test_a_file_with_a_changed_byte_is_ignored(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    content = bytearray(checkpoint.path.read_bytes())
    content[content.index(VARIABLES[2].tobytes())] ^= 255
    checkpoint.path.write_bytes(content)
    assert checkpoint.load() is None


def test_a_file_of_another_format_is_ignored(checkpoint):
    checkpoint.path.parent.mkdir()
    checkpoint.path.write_text("epoch,loss\n")
    assert checkpoint.load() is None


def test_removing_twice_is_no_error(checkpoint):
    checkpoint.save(PROGRESS, VARIABLES)
    checkpoint.remove()
    checkpoint.remove()
    assert not checkpoint.path.exists()


def test_a_phase_starts_with_its_first_epoch_unless_it_is_under_way():
    progress = replace(PROGRESS)
    progress.start_phase(1)
    assert progress == PROGRESS
    progress.start_phase(2)
    assert (progress.phase, progress.epoch, progress.plateau) == (2, 0, (-float("inf"), 0))
    assert progress.best_score == 0.75

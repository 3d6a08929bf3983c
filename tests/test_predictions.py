"""Predictions as files, and which images have one."""

import io

import numpy as np
import pytest

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import load_arrays
from letterpress.storage import predictions as storage
from letterpress.storage.predictions import load_members, load_predictions, save_predictions
from letterpress.storage.temperature import Temperature, load_temperatures
from tests.archives import damaged
from tests.predictions import make_predictions, one_hot

PREDICTIONS = make_predictions([[0.5, 0.3, 0.2], [0, 0, 0], [0.1, 0.1, 0.8], [0, 1, 0], [1, 0, 0]], [2, 0, 1, 3, 3])

TEMPERATURES = {name: vars(Temperature(0.8, "oof", 90)) for name in ("new_images", "final")}


def test_rows_are_those_with_votes_by_part():
    rows = PREDICTIONS.rows(4, np.array([3], np.int32))
    assert {part: indices.tolist() for part, indices in rows.items()} == {"holdout": [3], "oof": [0, 2], "test": [4]}


def test_predictions_are_saved_and_loaded(tmp_path):
    for key in "ab":
        save_predictions(PREDICTIONS, tmp_path / f"{key}.npz")
    loaded = load_members(["b", "a"], tmp_path)
    assert list(loaded) == ["b", "a"]
    np.testing.assert_equal(vars(loaded["a"]), vars(PREDICTIONS))


def test_the_ensembles_folder_is_written_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    neighbors = {"indices": np.array([[1], [0]], np.int32)}
    averaged, grouped = make_predictions(one_hot([1])), make_predictions(one_hot([0]))
    predictions = {
        storage.FINAL: PREDICTIONS,
        storage.WITHOUT_CONTEXT: averaged,
        storage.GROUPED_BY_PHOTO: grouped,
    }
    storage.save_ensemble(predictions, TEMPERATURES, neighbors)
    np.testing.assert_equal(vars(load_predictions()), vars(PREDICTIONS))
    np.testing.assert_equal(vars(load_predictions(storage.WITHOUT_CONTEXT)), vars(averaged))
    np.testing.assert_equal(vars(load_predictions(storage.GROUPED_BY_PHOTO)), vars(grouped))
    np.testing.assert_equal(load_arrays(storage.NEIGHBORS), neighbors)
    assert load_temperatures()["final"] == Temperature(0.8, "oof", 90)
    storage.save_ensemble({storage.FINAL: averaged}, TEMPERATURES)
    np.testing.assert_equal(vars(load_predictions()), vars(averaged))
    assert sorted(path.name for path in storage.ENSEMBLE.iterdir()) == ["predictions.npz", "temperature.json"]


@pytest.mark.parametrize("content", [None, "", "[]", '{"final": {}}', '{"final": {"temperature": 1}}'])
def test_a_damaged_temperature_is_named(tmp_path, content):
    path = tmp_path / "temperature.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"temperature\.json: cannot be read \(.*\); run `dvc repro average`\.$"):
        load_temperatures(path)


def test_a_missing_file_is_refused(tmp_path):
    save_predictions(PREDICTIONS, tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"/b\.npz is missing \(2 such files\); run `dvc repro`\.$"):
        load_members(["a", "c", "b"], tmp_path)


def test_files_of_no_member_are_not_read(tmp_path):
    save_predictions(PREDICTIONS, tmp_path / "a.npz")
    (tmp_path / "gone.npz").write_bytes(b"damaged")
    assert list(load_members(["a"], tmp_path)) == ["a"]


def saved(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


COMPLETE = saved(**vars(PREDICTIONS))
DAMAGED = {
    "empty": b"",
    "no zip": b"What was here is lost.",
    "truncated": COMPLETE[:-30],
    "a flipped bit": damaged(COMPLETE, PREDICTIONS.probabilities.tobytes()),
    "a missing array": saved(probabilities=PREDICTIONS.probabilities),
    "a surplus array": saved(more=PREDICTIONS.n_votes, **vars(PREDICTIONS)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "ensemble.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"/ensemble\.npz: cannot be read \(.*\); remove it, and run `dvc repro`\.$"):
        load_predictions(tmp_path / "ensemble.npz")

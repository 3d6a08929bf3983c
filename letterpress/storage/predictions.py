"""The files data/predictions/<member>.npz and data/ensemble/*.npz."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays, write_json

PREDICTIONS = Path("data/predictions")
ENSEMBLE = Path("data/ensemble")
FINAL = ENSEMBLE / "predictions.npz"
# Only with context: the averages before it, the predictions out of fold with no photo divided between folds,
# and the nearest neighbours of each image.
WITHOUT_CONTEXT = ENSEMBLE / "without_context.npz"
GROUPED_BY_PHOTO = ENSEMBLE / "grouped_by_photo.npz"
NEIGHBORS = ENSEMBLE / "neighbors.npz"
TEMPERATURE = ENSEMBLE / "temperature.json"


@dataclass(frozen=True)
class Predictions:
    """Out-of-sample predictions of a member or of the ensemble on all images.

    The labelled images come first, in their order, then the test images.
    probabilities: float32 (n_images, n_classes), all zeros where n_votes is 0.
    n_votes: int32 (n_images,), how many members that did not train on an image
    predicted it; for one member 0 or 1.
    """

    probabilities: np.ndarray
    n_votes: np.ndarray

    @property
    def voted(self) -> np.ndarray:
        """Return which images have a prediction, bool (n_images,)."""
        return self.n_votes > 0

    def rows(self, n_labelled: int, holdout: np.ndarray) -> dict[str, np.ndarray]:
        """Return the indices of the images with a prediction: `holdout`, `oof` (the other labelled ones), `test`."""
        rows = np.flatnonzero(self.voted)
        labelled, held_out = rows < n_labelled, np.isin(rows, holdout)
        return {"holdout": rows[held_out], "oof": rows[labelled & ~held_out], "test": rows[~labelled]}


def save_predictions(predictions: Predictions, path: Path) -> None:
    """Write the predictions to an .npz."""
    save_arrays(path, **vars(predictions))


def save_ensemble(predictions: dict[Path, Predictions], temperatures: dict, neighbors: dict | None = None) -> None:
    """Write the folder data/ensemble.

    Args:
        predictions: by their file: FINAL, and with context WITHOUT_CONTEXT and GROUPED_BY_PHOTO.
        temperatures: the content of temperature.json.
        neighbors: with context, the arrays of context.neighbors.Neighbors.
    """
    with atomic_write(ENSEMBLE) as folder:
        for path, part in predictions.items():
            save_predictions(part, folder / path.name)
        write_json(folder / TEMPERATURE.name, temperatures)
        if neighbors is not None:
            save_arrays(folder / NEIGHBORS.name, **neighbors)


def load_predictions(path: Path = FINAL) -> Predictions:
    """Read predictions; raise UserError where the file is damaged."""
    try:
        return Predictions(**load_arrays(path))
    except (ValueError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise UserError(f"{path}: cannot be read ({error}); remove it, and run `dvc repro`.") from error


def load_members(keys: list[str], folder: Path = PREDICTIONS) -> dict[str, Predictions]:
    """Read all members' predictions; those of others are not read.

    Raises UserError where a file is missing or damaged.
    """
    if missing := set(keys) - {file.stem for file in folder.glob("*.npz")}:
        raise UserError(f"{folder}/{min(missing)}.npz is missing ({len(missing)} such files); run `dvc repro`.")
    return {key: load_predictions(folder / f"{key}.npz") for key in keys}

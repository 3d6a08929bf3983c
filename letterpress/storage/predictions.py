"""The files data/predictions/<member>.npz and data/ensemble/*.npz."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays

PREDICTIONS = Path("data/predictions")
ENSEMBLE = Path("data/ensemble")
FINAL = ENSEMBLE / "predictions.npz"
# Only with context: the averages before it, the predictions out of fold with no photo divided between folds,
# and the nearest neighbours of each image.
WITHOUT_CONTEXT = ENSEMBLE / "without_context.npz"
GROUPED_BY_PHOTO = ENSEMBLE / "grouped_by_photo.npz"
NEIGHBORS = ENSEMBLE / "neighbors.npz"


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


def save_ensemble(final: Predictions) -> None:
    """Write the folder data/ensemble where images are not re-ranked."""
    with atomic_write(ENSEMBLE) as folder:
        save_predictions(final, folder / FINAL.name)


def save_reranked(
    final: Predictions, without_context: Predictions, grouped_by_photo: Predictions, neighbors: dict[str, np.ndarray]
) -> None:
    """Write the folder data/ensemble where images are re-ranked by their context.

    Args:
        final: the predictions by the context.
        without_context: the averages of the members.
        grouped_by_photo: out of fold, no photo divided between folds.
        neighbors: the fields of context.neighbors.Neighbors.
    """
    with atomic_write(ENSEMBLE) as folder:
        save_predictions(final, folder / FINAL.name)
        save_predictions(without_context, folder / WITHOUT_CONTEXT.name)
        save_predictions(grouped_by_photo, folder / GROUPED_BY_PHOTO.name)
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

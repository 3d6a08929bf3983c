"""The files data/probabilities/<member>.npz and data/ensemble.npz."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import numpy as np

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import load_arrays, save_arrays

PROBABILITIES = Path("data/probabilities")
CONTEXT = Path("data/context")
ALONE = Path("data/ensemble.npz")  # each image judged alone
FINAL = CONTEXT / "judgement.npz"
WHOLE_PHOTOGRAPHS = CONTEXT / "whole_photographs.npz"  # out of fold, none divided between folds
SIBLINGS = CONTEXT / "siblings.npz"
T = TypeVar("T")


@dataclass(frozen=True)
class MemberPredictions:
    """A member's probabilities, float32 (n, classes), for the images it did not learn from.

    validation_indices, int32, says which labelled images `validation` is about.
    """

    validation_indices: np.ndarray
    validation: np.ndarray
    holdout: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class EnsemblePredictions:
    """The ensemble's probabilities, float32 (n, classes).

    oof has a row for every labelled image, averaged over the members that had
    it for validation: `judges`, int32 (n,), counts them, and where it is 0 the
    row is all zeros.
    """

    oof: np.ndarray
    judges: np.ndarray
    holdout: np.ndarray
    test: np.ndarray


def save(judgement: MemberPredictions | EnsemblePredictions, path: Path) -> None:
    """Write all fields to an .npz."""
    save_arrays(path, **vars(judgement))


def load_members(keys: list[str], folder: Path = PROBABILITIES) -> dict[str, MemberPredictions]:
    """Read all members' files; a file more or less than the members is refused, and one that is damaged."""
    expected, found = set(keys), {file.stem for file in folder.glob("*.npz")}
    for names, what in ((expected - found, "is missing"), (found - expected, "is of no member")):
        if names:
            raise UserError(
                f"{folder}/{min(names)}.npz {what} ({len(names)} such files); run `dvc repro`"
                f"{'' if what == 'is missing' else ' after removing it'}."
            )
    return {key: _load(MemberPredictions, folder / f"{key}.npz") for key in keys}


def load_ensemble(path: Path = FINAL) -> EnsemblePredictions:
    """Read what the ensemble says of each image: in the end, or ALONE."""
    return _load(EnsemblePredictions, path)


def _load(kind: type[T], path: Path) -> T:
    try:
        return kind(**load_arrays(path))
    except (ValueError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise UserError(f"{path}: cannot be read ({error}); remove it, and run `dvc repro`.") from error

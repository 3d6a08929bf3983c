"""The folder data/splits: the hold-out once, and each member's own training and validation images."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays
from letterpress.storage.prepared import load_array

SPLITS = Path("data/splits")
HOLDOUT = "holdout.npy"


@dataclass(frozen=True)
class MemberSplit:
    """Sorted int32 indices of labelled images: disjoint, and with the hold-out all of them."""

    train: np.ndarray
    validation: np.ndarray


def save_splits(members: dict[str, MemberSplit], holdout: np.ndarray) -> None:
    """Write every member's split and the hold-out, int32 (h,)."""
    with atomic_write(SPLITS) as folder:
        folder.mkdir()
        np.save(folder / HOLDOUT, holdout, allow_pickle=False)
        for key, split in members.items():
            save_arrays(folder / f"{key}.npz", **vars(split))


def load_member_split(key: str) -> MemberSplit:
    """Read one member's split."""
    return MemberSplit(**load_arrays(SPLITS / f"{key}.npz"))


def load_holdout() -> np.ndarray:
    """Read the sorted indices of the hold-out, int32 (h,)."""
    return load_array(SPLITS / HOLDOUT)

"""Divide the labelled images: the hold-out, then training and validation images for each member."""

import math

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from letterpress.infrastructure.errors import UserError
from letterpress.storage.splits import MemberSplit


def make_holdout(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split labels, int (n,), into the indices for the members and those of the hold-out, sorted int32."""
    return stratified_split(np.arange(len(labels), dtype=np.int32), labels, fraction, seed, ".holdout")


def make_member_split(labels: np.ndarray, usable: np.ndarray, fraction: float, seed: int) -> MemberSplit:
    """Draw a member's own Monte Carlo split of the usable indices.

    Args:
        labels: of all labelled images, int (n,).
        usable: indices outside the hold-out.
        fraction: of the usable indices that becomes the validation set.
        seed: the member's.
    """
    return MemberSplit(*stratified_split(usable, labels, fraction, seed, ".validation"))


def stratified_split(
    indices: np.ndarray, labels: np.ndarray, fraction: float, seed: int, key: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """Split `fraction` of the indices off, class by class; return (kept, split off), both sorted int32.

    A class of one image cannot be divided: its image is kept. Raises UserError
    where the fraction leaves a class without images.

    Args:
        indices: int (m,), of images.
        labels: int (n,), of all images.
        fraction: in [0, 1).
        seed: of the draw.
        key: of the fraction in the section split, for errors.
    """
    if fraction == 0:
        return np.sort(indices).astype(np.int32), np.empty(0, np.int32)
    single = np.isin(labels[indices], classes_of_one(labels[indices]))
    divisible = indices[~single]
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
    try:
        kept, split_off = next(splitter.split(divisible, labels[divisible]))
    except ValueError as error:
        raise UserError(
            f"params.yaml: split{key}: a fraction of {fraction:g} of {len(divisible)} images leaves one "
            f"side fewer images than {len(np.unique(labels[divisible]))} classes; {_remedy(labels[indices])}."
        ) from error
    kept = np.concatenate([divisible[kept], indices[single]])
    return np.sort(kept).astype(np.int32), np.sort(divisible[split_off]).astype(np.int32)


def least_fraction(labels: np.ndarray) -> float:
    """Return the least fraction that can be split off labels, int (n,), to three decimals; 0 where none can be.

    Either side needs as many images as there are classes that can be divided.
    """
    _, counts = np.unique(labels, return_counts=True)
    divisible = counts[counts > 1]
    return math.ceil(1000 * len(divisible) / divisible.sum()) / 1000 if len(divisible) else 0.0


def _remedy(labels: np.ndarray) -> str:
    least = least_fraction(labels)
    return f"set it between {least:g} and {1 - least:g}, or to 0" if least else "no class has two, so set it to 0"


def classes_of_one(labels: np.ndarray) -> np.ndarray:
    """Return the labels that occur once."""
    found, counts = np.unique(labels, return_counts=True)
    return found[counts == 1]

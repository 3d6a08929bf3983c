"""Divide the labelled images: the hold-out, then training and validation images for each member."""

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from letterpress.infrastructure.errors import UserError
from letterpress.storage.splits import MemberSplit


def make_holdout(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split labels, int (n,), into the indices for the members and those of the hold-out, sorted int32."""
    return stratified_split(np.arange(len(labels), dtype=np.int32), labels, fraction, seed)


def make_member_split(labels: np.ndarray, usable: np.ndarray, fraction: float, seed: int) -> MemberSplit:
    """Draw a member's own Monte Carlo split of the usable indices.

    Args:
        labels: of all labelled images, int (n,).
        usable: indices outside the hold-out.
        fraction: of the usable indices that becomes the validation set.
        seed: the member's.
    """
    return MemberSplit(*stratified_split(usable, labels, fraction, seed))


def stratified_split(
    indices: np.ndarray, labels: np.ndarray, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Split `fraction` of the indices off, class by class; return (kept, split off), both sorted int32.

    A class of one image cannot be divided: its image is kept. Raises UserError
    where the fraction leaves a class without images.

    Args:
        indices: int (m,), of images.
        labels: int (n,), of all images.
        fraction: in [0, 1).
        seed: of the draw.
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
            f"params.yaml: split: a fraction of {fraction:g} of {len(divisible)} images cannot be stratified "
            f"({error}); change the fraction or add images."
        ) from error
    kept = np.concatenate([divisible[kept], indices[single]])
    return np.sort(kept).astype(np.int32), np.sort(divisible[split_off]).astype(np.int32)


def classes_of_one(labels: np.ndarray) -> np.ndarray:
    """Return the labels that occur once."""
    found, counts = np.unique(labels, return_counts=True)
    return found[counts == 1]

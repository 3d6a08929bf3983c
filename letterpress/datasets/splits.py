"""Which labelled images a member learns from, is validated on, and never sees."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from letterpress.infrastructure.errors import UserError


@dataclass(frozen=True)
class Split:
    """Sorted int32 indices of labelled images: disjoint, and together all of them."""

    train: np.ndarray
    validation: np.ndarray
    holdout: np.ndarray


def make_holdout(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split labels, int (n,), into the indices that members may use and those that none sees."""
    return stratified(np.arange(len(labels), dtype=np.int32), labels, share, seed)


def make_member_split(labels: np.ndarray, usable: np.ndarray, holdout: np.ndarray, share: float, seed: int) -> Split:
    """A member's own Monte Carlo split of the usable indices."""
    train, validation = stratified(usable, labels, share, seed)
    return Split(train, validation, holdout)


def stratified(indices: np.ndarray, labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Put `share` of the indices apart, class by class; returns (kept, apart), both sorted int32.

    A class of one image cannot be divided: its image is kept.
    """
    if share == 0:
        return np.sort(indices).astype(np.int32), np.empty(0, np.int32)
    single = np.isin(labels[indices], too_rare(labels[indices]))
    divisible = indices[~single]
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=share, random_state=seed)
    try:
        kept, apart = next(splitter.split(divisible, labels[divisible]))
    except ValueError as error:
        raise UserError(
            f"params.yaml: split: a share of {share:g} of {len(divisible)} images cannot be stratified "
            f"({error}); change the share or add images."
        ) from error
    kept = np.concatenate([divisible[kept], indices[single]])
    return np.sort(kept).astype(np.int32), np.sort(divisible[apart]).astype(np.int32)


def too_rare(labels: np.ndarray) -> np.ndarray:
    """The labels that occur once."""
    found, counts = np.unique(labels, return_counts=True)
    return found[counts == 1]

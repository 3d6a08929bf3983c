"""What the siblings of a picture say: numbers that a model of kinds can learn from."""

from dataclasses import dataclass

import numpy as np

from letterpress.context.char_types import Kinds
from letterpress.context.neighbors import Siblings

REACHES = (0.02, 0.05, 0.1, 0.2)  # distances over which a sibling's weight falls to 1/e
HEIGHT_REACHES = (0.03, 0.08)
SAME_LETTER_REACHES = (0.05, 0.12)
SAME_HEIGHT = 0.08  # of log height, likewise
FIRST = 5  # siblings whose kinds, distances and heights are given one by one
ROUNDS = 5  # of estimating the classes' heights and the lines' heights by each other


@dataclass(frozen=True)
class Pictures:
    """All pictures of a data set: their siblings, and log heights and widths, float64 (n,)."""

    siblings: Siblings
    heights: np.ndarray
    widths: np.ndarray


def beliefs(answers: np.ndarray, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Answers, float (n, classes), with the true label, of int (n,), where it is `known`, bool (n,).

    Where neither is there, the answer being all zeros, every class is as likely.
    """
    believed = answers.astype(np.float64)
    believed[~answers.any(axis=1)] = 1 / answers.shape[1]
    believed[known] = 0.0
    believed[np.flatnonzero(known), labels[known]] = 1.0
    return believed


def gather(
    pictures: Pictures, believed: np.ndarray, known: np.ndarray, predictions: np.ndarray, kinds: Kinds
) -> np.ndarray:
    """One row of evidence for every picture, float64 (n, features).

    A picture's own belief is no part of its row: only its siblings' are, and
    of itself its prediction and its size.
    """
    shares = kinds.shares(believed)
    columns = [
        *_shares(pictures.siblings, shares),
        *_heights(pictures, shares, believed, _letter_heights(pictures, believed, known)),
        *_first(pictures, shares),
        *_same_letters(pictures, believed, predictions, kinds),
        (pictures.heights - pictures.widths)[:, None],
        pictures.heights[:, None],
    ]
    return np.concatenate(columns, axis=1)


def _weights(siblings: Siblings, reach: float) -> np.ndarray:
    return np.exp(-siblings.distances.astype(np.float64) / reach)


def _mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return (weights * values).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)


def _shares(siblings: Siblings, shares: np.ndarray) -> list[np.ndarray]:
    """The kinds among the siblings, and how many there are at all, by distance."""
    columns = []
    for reach in REACHES:
        weights = _weights(siblings, reach)
        total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
        columns += [np.einsum("nk,nkc->nc", weights, shares[siblings.indices]) / total, np.log(total)]
    return columns


def _letter_heights(pictures: Pictures, believed: np.ndarray, known: np.ndarray) -> np.ndarray:
    """How high each class stands beside its line, in log height, learned from the pictures whose label is known."""
    siblings, weights = pictures.siblings, _weights(pictures.siblings, 0.06)
    relative = np.zeros(believed.shape[1])
    for _ in range(ROUNDS):
        lines = _mean(weights, (pictures.heights - believed @ relative)[siblings.indices])
        above = (pictures.heights - lines)[known]
        relative = (believed[known] * above[:, None]).sum(axis=0) / np.maximum(believed[known].sum(axis=0), 1e-3)
        relative -= relative.mean()
    return relative


def _heights(pictures: Pictures, shares: np.ndarray, believed: np.ndarray, relative: np.ndarray) -> list[np.ndarray]:
    """The picture's height beside its line's, and beside the siblings' of each kind."""
    siblings, columns = pictures.siblings, []
    lines = pictures.heights - believed @ relative
    gaps = pictures.heights[:, None] - pictures.heights[siblings.indices]
    for reach in HEIGHT_REACHES:
        weights = _weights(siblings, reach)
        line = _mean(weights, lines[siblings.indices])
        spread = np.sqrt(_mean(weights, (lines[siblings.indices] - line[:, None]) ** 2))
        by_kind = [_mean(weights * shares[siblings.indices, kind], gaps) for kind in range(shares.shape[1])]
        width = pictures.widths - _mean(weights, pictures.widths[siblings.indices])
        columns.append(np.stack([pictures.heights - line, spread, *by_kind, width], axis=1))
    return columns


def _first(pictures: Pictures, shares: np.ndarray) -> list[np.ndarray]:
    """The nearest siblings one by one."""
    nearest = pictures.siblings.indices[:, :FIRST]
    kinds = shares[nearest].reshape(len(nearest), -1)
    return [pictures.siblings.distances[:, :FIRST], kinds, pictures.heights[:, None] - pictures.heights[nearest]]


def _same_letters(
    pictures: Pictures, believed: np.ndarray, predictions: np.ndarray, kinds: Kinds
) -> list[np.ndarray]:
    """Siblings of the same height that are the same letter, in upper case and in lower case."""
    siblings, columns = pictures.siblings, []
    letter = predictions[:, kinds.uppers] + predictions[:, kinds.lowers]
    gaps = np.abs(pictures.heights[:, None] - pictures.heights[siblings.indices])
    for reach in SAME_LETTER_REACHES:
        weights = _weights(siblings, reach) * np.exp(-gaps / SAME_HEIGHT)
        upper, lower = (
            (letter * np.einsum("nk,nkc->nc", weights, believed[:, case][siblings.indices])).sum(axis=1)
            for case in (kinds.uppers, kinds.lowers)
        )
        columns.append(np.stack([upper, lower, np.log((upper + 0.01) / (lower + 0.01))], axis=1))
    return columns

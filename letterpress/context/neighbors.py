"""Which pictures were cut from the same photograph: those whose colours, sharpness and height are alike."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from sklearn.cluster import AgglomerativeClustering

COLOURS = 15  # of a picture's statistics; the others tell its sharpness
SHARPNESS_WEIGHT = 2.0  # beside the colours
HEIGHT_WEIGHT = 0.15  # of a difference in log height, likewise
BLOCK = 1024  # rows of distances at a time
JOINED = 10  # nearest siblings of each picture by which photographs are put together


@dataclass(frozen=True)
class Siblings:
    """The nearest pictures of each of n: int32 (n, k), nearest first, and their distances, float32 (n, k)."""

    indices: np.ndarray
    distances: np.ndarray


def place(statistics: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Points in a space where pictures of one photograph are near each other, float64 (n, dimensions).

    statistics: float32 (n, s), each picture's colours, then its sharpness; heights: (n,) in pixels.
    """
    colours, sharpness = statistics[:, :COLOURS], SHARPNESS_WEIGHT * statistics[:, COLOURS:]
    return np.column_stack([colours, sharpness, HEIGHT_WEIGHT * np.log(heights)]).astype(np.float64)


def find(points: np.ndarray, count: int) -> Siblings:
    """The `count` nearest others of every picture, or all others where there are fewer."""
    count = min(count, len(points) - 1)
    squares = np.square(points).sum(axis=1)
    indices = np.empty((len(points), count), np.int32)
    distances = np.empty((len(points), count), np.float32)
    for start in range(0, len(points), BLOCK):
        rows = slice(start, start + BLOCK)
        gaps = squares[rows, None] + squares - 2 * points[rows] @ points.T
        gaps[np.arange(len(gaps)), np.arange(start, start + len(gaps))] = np.inf  # none is its own sibling
        near = np.argpartition(gaps, count - 1, axis=1)[:, :count]
        order = np.argsort(np.take_along_axis(gaps, near, axis=1), axis=1, kind="stable")
        indices[rows] = np.take_along_axis(near, order, axis=1)
        nearest = np.take_along_axis(gaps, indices[rows].astype(int), axis=1)
        distances[rows] = np.sqrt(np.maximum(nearest, 0))
    return Siblings(indices, distances)


def photographs(points: np.ndarray, siblings: Siblings, count: int) -> np.ndarray:
    """A guess which pictures were cut from one photograph, if there were `count`: its number for each, int (n,)."""
    nearest = siblings.indices[:, :JOINED]
    rows = np.repeat(np.arange(len(nearest)), nearest.shape[1])
    graph = coo_array((np.ones(len(rows)), (rows, nearest.ravel())), shape=(len(points), len(points)))
    return AgglomerativeClustering(min(count, len(points)), connectivity=graph.tocsr()).fit_predict(points)

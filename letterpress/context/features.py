"""Features of an image's neighbours, from which a model predicts the image's character type."""

from dataclasses import dataclass

import numpy as np

from letterpress.context.char_types import CharTypes
from letterpress.context.neighbors import Neighbors, embed_crops, find_neighbors

SCALES = (0.02, 0.05, 0.1, 0.2)  # distances over which a neighbour's weight falls to 1/e
HEIGHT_SCALES = (0.03, 0.08)
LINE_SCALE = 0.06
SAME_LETTER_SCALES = (0.05, 0.12)
SAME_HEIGHT_SCALE = 0.08  # the same for a difference in log height
N_NEAREST = 5  # neighbours whose character types, distances and heights are features of their own
N_ITERATIONS = 5  # of estimating the classes' heights and the text lines' heights in turn
EPS = 1e-12


@dataclass(frozen=True)
class Crops:
    """All images as crops of photos.

    points: float64 (n, d), near each other within a photo. neighbors: the
    nearest other images. heights, widths: float64 (n,), logarithms of the sizes.
    """

    points: np.ndarray
    neighbors: Neighbors
    heights: np.ndarray
    widths: np.ndarray


def make_crops(photo_features: np.ndarray, sizes: np.ndarray, n_neighbors: int) -> Crops:
    """Find every image's neighbours.

    photo_features: float32 (n, f). sizes: int32 (n, 2), heights and widths in pixels.
    """
    points = embed_crops(photo_features, sizes[:, 0])
    return Crops(points, find_neighbors(points, n_neighbors), *np.log(sizes).T)


def soft_labels(probabilities: np.ndarray, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return one-hot labels where known, bool (n,), and elsewhere the probabilities, float64 (n, n_classes).

    A row of probabilities that is all zeros becomes uniform. labels: int32 (n,).
    """
    soft = probabilities.astype(np.float64)
    soft[~probabilities.any(axis=1)] = 1 / probabilities.shape[1]
    soft[known] = 0.0
    soft[np.flatnonzero(known), labels[known]] = 1.0
    return soft


def build_features(
    crops: Crops, soft: np.ndarray, known: np.ndarray, probabilities: np.ndarray, types: CharTypes
) -> np.ndarray:
    """Build the features of every image, float64 (n, n_features).

    An image's own soft label is no feature of it; its predicted probabilities and its size are.

    Args:
        crops: neighbors and sizes of all n images.
        soft: float64 (n, n_classes), soft labels.
        known: bool (n,), the images whose label may be used.
        probabilities: float32 (n, n_classes), the ensemble's predictions.
        types: the classes' character types.
    """
    type_probabilities = types.sum_over(soft)
    columns = [
        *_neighbor_types(crops.neighbors, type_probabilities),
        *_relative_heights(crops, type_probabilities, soft, _class_heights(crops, soft, known)),
        *_nearest(crops, type_probabilities),
        *_same_letter(crops, soft, probabilities, types),
        (crops.heights - crops.widths)[:, None],
        crops.heights[:, None],
    ]
    return np.concatenate(columns, axis=1)


def _weights(neighbors: Neighbors, scale: float) -> np.ndarray:
    return np.exp(-neighbors.distances.astype(np.float64) / scale)


def _mean(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    return (weights * values).sum(axis=1) / np.maximum(weights.sum(axis=1), EPS)


def _neighbor_types(neighbors: Neighbors, type_probabilities: np.ndarray) -> list[np.ndarray]:
    """Average the neighbours' character types, and sum the weights, at each scale."""
    columns = []
    for scale in SCALES:
        weights = _weights(neighbors, scale)
        total = np.maximum(weights.sum(axis=1, keepdims=True), EPS)
        columns += [np.einsum("nk,nkc->nc", weights, type_probabilities[neighbors.indices]) / total, np.log(total)]
    return columns


def _class_heights(crops: Crops, soft: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Estimate each class's log height relative to its text line from the known images, float64 (n_classes,)."""
    neighbors, weights = crops.neighbors, _weights(crops.neighbors, LINE_SCALE)
    relative = np.zeros(soft.shape[1])
    for _ in range(N_ITERATIONS):
        lines = _mean(weights, (crops.heights - soft @ relative)[neighbors.indices])
        above = (crops.heights - lines)[known]
        relative = (soft[known] * above[:, None]).sum(axis=0) / np.maximum(soft[known].sum(axis=0), 1e-3)
        relative -= relative.mean()
    return relative


def _relative_heights(
    crops: Crops, type_probabilities: np.ndarray, soft: np.ndarray, class_heights: np.ndarray
) -> list[np.ndarray]:
    """Compare the image's height with its text line's, and with that of the neighbours of each character type."""
    indices, columns = crops.neighbors.indices, []
    lines = crops.heights - soft @ class_heights
    gaps = crops.heights[:, None] - crops.heights[indices]
    for scale in HEIGHT_SCALES:
        weights = _weights(crops.neighbors, scale)
        line = _mean(weights, lines[indices])
        std = np.sqrt(_mean(weights, (lines[indices] - line[:, None]) ** 2))
        by_type = [_mean(weights * type_probabilities[indices, t], gaps) for t in range(type_probabilities.shape[1])]
        width = crops.widths - _mean(weights, crops.widths[indices])
        columns.append(np.stack([crops.heights - line, std, *by_type, width], axis=1))
    return columns


def _nearest(crops: Crops, type_probabilities: np.ndarray) -> list[np.ndarray]:
    """Return distances, character types and height differences of the nearest neighbours one by one."""
    nearest = crops.neighbors.indices[:, :N_NEAREST]
    types = type_probabilities[nearest].reshape(len(nearest), -1)
    return [crops.neighbors.distances[:, :N_NEAREST], types, crops.heights[:, None] - crops.heights[nearest]]


def _same_letter(crops: Crops, soft: np.ndarray, probabilities: np.ndarray, types: CharTypes) -> list[np.ndarray]:
    """Sum the neighbours of the same height that show the same letter, in upper case and in lower case."""
    indices, columns = crops.neighbors.indices, []
    letter = probabilities[:, types.upper] + probabilities[:, types.lower]
    gaps = np.abs(crops.heights[:, None] - crops.heights[indices])
    for scale in SAME_LETTER_SCALES:
        weights = _weights(crops.neighbors, scale) * np.exp(-gaps / SAME_HEIGHT_SCALE)
        upper, lower = (
            (letter * np.einsum("nk,nkc->nc", weights, soft[:, case][indices])).sum(axis=1)
            for case in (types.upper, types.lower)
        )
        columns.append(np.stack([upper, lower, np.log((upper + 0.01) / (lower + 0.01))], axis=1))
    return columns

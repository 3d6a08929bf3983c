"""Crops of the same photo are near each other in a space of colour, sharpness and height."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.neighbors import NearestNeighbors

N_COLOURS = 15  # leading photo features; those after them measure the sharpness
SHARPNESS_WEIGHT = 2.0  # relative to the colours
HEIGHT_WEIGHT = 0.15  # of a difference in log height, relative to the colours
N_LINKS = 10  # nearest neighbours through which images are clustered into photos


@dataclass(frozen=True)
class Neighbors:
    """The nearest other images of each image: int32 (n, k), nearest first, and their distances, float32 (n, k)."""

    indices: np.ndarray
    distances: np.ndarray


def embed_crops(photo_features: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Weight the features so that Euclidean distances are small within a photo; returns float64 (n, f + 1).

    photo_features: float32 (n, f), colours, then sharpness. heights: (n,), in pixels.
    """
    colours, sharpness = photo_features[:, :N_COLOURS], SHARPNESS_WEIGHT * photo_features[:, N_COLOURS:]
    return np.column_stack([colours, sharpness, HEIGHT_WEIGHT * np.log(heights)]).astype(np.float64)


def find_neighbors(points: np.ndarray, n_neighbors: int) -> Neighbors:
    """Find the nearest other points of each of float64 (n, d): n_neighbors, or all others where there are fewer."""
    distances, indices = _index(points, n_neighbors).kneighbors()
    return Neighbors(indices.astype(np.int32), distances.astype(np.float32))


def cluster_photos(points: np.ndarray, n_photos: int) -> np.ndarray:
    """Estimate which images were cut from the same photo: a photo's number for each of float64 (n, d), int (n,)."""
    graph = _index(points, N_LINKS).kneighbors_graph()
    with warnings.catch_warnings(action="ignore"):  # of a graph in several parts, which scikit-learn connects
        return AgglomerativeClustering(min(n_photos, len(points)), connectivity=graph).fit_predict(points)


def _index(points: np.ndarray, n_neighbors: int) -> NearestNeighbors:
    """A k-d tree: unlike a matrix product it computes the same bits, and orders ties alike, on every machine."""
    return NearestNeighbors(n_neighbors=min(n_neighbors, len(points) - 1), algorithm="kd_tree").fit(points)

"""Nearest neighbours, and clusters of crops of the same photo."""

import numpy as np

from letterpress.context.neighbors import cluster_photos, embed_crops, find_neighbors

HEIGHTS = np.full(5, 20.0)
POINTS = embed_crops(np.array([[0.0], [0.1], [0.11], [0.9], [1.0]], np.float32), HEIGHTS)


def test_the_nearest_others_come_first():
    neighbors = find_neighbors(POINTS, 2)
    assert neighbors.indices.tolist() == [[1, 2], [2, 0], [1, 0], [4, 2], [3, 2]]
    np.testing.assert_allclose(neighbors.distances[0], [0.1, 0.11], rtol=1e-5)
    assert (neighbors.indices.dtype, neighbors.distances.dtype) == (np.int32, np.float32)


def test_no_image_is_its_own_neighbor_even_among_equal_ones():
    indices = find_neighbors(np.zeros((6, 3)), 5).indices.tolist()
    assert [sorted(row) for row in indices] == [[j for j in range(6) if j != i] for i in range(6)]


def test_all_others_are_neighbors_where_there_are_few():
    assert find_neighbors(POINTS, 60).indices.shape == (5, 4)


def test_neighbors_are_those_of_a_full_distance_matrix():
    points = np.random.default_rng(0).random((200, 4))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    expected = np.argsort(distances + np.diag(np.full(200, np.inf)), axis=1)[:, :7]
    np.testing.assert_array_equal(find_neighbors(points, 7).indices, expected)


def test_sharpness_and_height_are_weighted():
    photo_features = np.zeros((4, 17), np.float32)
    photo_features[1, 0] = photo_features[2, 15] = 0.1
    points = embed_crops(photo_features, np.array([1, 1, 1, np.e]))
    np.testing.assert_allclose(np.linalg.norm(points - points[0], axis=1), [0, 0.1, 0.2, 0.15], rtol=1e-6)


def test_crops_near_each_other_are_of_one_photo():
    first, second, third, fourth, fifth = cluster_photos(POINTS, 2)
    assert first == second == third
    assert fourth == fifth != first
    assert len(set(cluster_photos(POINTS, 99))) == 5

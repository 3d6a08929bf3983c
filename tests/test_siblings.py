"""The nearest pictures are found, and scenes that hang together."""

import numpy as np

from letterpress.context.neighbors import find, photographs, place

HEIGHTS = np.full(5, 20.0)
SCENES = np.array([[0.0], [0.1], [0.11], [0.9], [1.0]], np.float32)


def test_the_nearest_others_come_first():
    siblings = find(place(SCENES, HEIGHTS), 2)
    assert siblings.indices.tolist() == [[1, 2], [2, 0], [1, 0], [4, 2], [3, 2]]
    np.testing.assert_allclose(siblings.distances[0], [0.1, 0.11], rtol=1e-5)
    assert (siblings.indices.dtype, siblings.distances.dtype) == (np.int32, np.float32)


def test_no_picture_is_its_own_sibling_even_among_equal_ones():
    siblings = find(np.zeros((6, 3)), 5)
    assert [sorted(row) for row in siblings.indices.tolist()] == [[j for j in range(6) if j != i] for i in range(6)]


def test_there_are_no_more_siblings_than_others():
    assert find(place(SCENES, HEIGHTS), 60).indices.shape == (5, 4)


def test_pictures_of_another_height_are_further():
    siblings = find(place(np.zeros((3, 1), np.float32), np.array([10.0, 40.0, 11.0])), 2)
    assert siblings.indices[0].tolist() == [2, 1]


def test_many_pictures_are_looked_at_in_blocks(monkeypatch):
    scenes = np.random.default_rng(0).random((50, 4)).astype(np.float32)
    heights = np.random.default_rng(1).uniform(10, 90, 50)
    whole = find(place(scenes, heights), 7)
    monkeypatch.setattr("letterpress.context.neighbors.BLOCK", 8)
    np.testing.assert_array_equal(find(place(scenes, heights), 7).indices, whole.indices)


def test_sharpness_counts_more_than_colour():
    statistics = np.zeros((3, 17), np.float32)
    statistics[1, 0] = statistics[2, 15] = 0.1
    points = place(statistics, np.ones(3))
    np.testing.assert_allclose(np.linalg.norm(points - points[0], axis=1), [0, 0.1, 0.2], rtol=1e-6)


def test_a_photograph_is_what_lies_together():
    points = place(SCENES, HEIGHTS)
    first, second, third, fourth, fifth = photographs(points, find(points, 4), 2)
    assert first == second == third
    assert fourth == fifth != first
    assert len(set(photographs(points, find(points, 4), 5))) == 5
    assert len(set(photographs(points, find(points, 4), 99))) == 5

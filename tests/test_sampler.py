"""Every image is sampled as often as any other, and transforms stay with their images."""

import numpy as np
import pytest

from letterpress.training.augmentation import Transforms
from letterpress.training.sampler import Batches, sample_order


def sample(n_images: int, steps: int, batch_size: int, seed: int = 0) -> np.ndarray:
    return sample_order(np.random.default_rng(seed), (steps, batch_size), n_images)


@pytest.mark.parametrize(("n", "steps", "batch"), [(10, 3, 3), (10, 5, 2), (3, 1, 8), (7, 9, 4), (1, 2, 3)])
def test_no_index_repeats_before_all_have_come_once(n, steps, batch):
    order = sample(n, steps, batch)
    assert (order.shape, order.dtype) == ((steps, batch), np.int32)
    for start in range(0, order.size, n):
        one_round = order.ravel()[start : start + n]
        assert len(set(one_round)) == len(one_round)
        assert set(one_round) <= set(range(n))


def test_the_order_depends_on_the_seed_alone():
    assert sample(50, 5, 10).tobytes() == sample(50, 5, 10).tobytes()
    assert sample(50, 5, 10).tobytes() != sample(50, 5, 10, seed=1).tobytes()


def test_every_round_has_another_order():
    first, second = sample(50, 10, 10).reshape(2, 50)
    assert sorted(first) == sorted(second)
    assert not np.array_equal(first, second)


def test_synthetic_images_are_drawn_again_for_each_round():
    order = sample_order(np.random.default_rng(0), (16, 10), 50, n_synthetic=1000, n_rehearsed=30).reshape(2, 80)
    for one_round in order:
        assert sorted(one_round[one_round < 50]) == list(range(50))
        assert ((one_round >= 50) & (one_round < 1050)).sum() == 30
        assert (one_round[:40] >= 50).any()
        assert (one_round[40:] >= 50).any()
    first, second = (set(one_round[one_round >= 50]) for one_round in order)
    assert len(first & second) < 10


def test_chunks_are_all_batches_with_their_transforms():
    order = np.repeat(np.arange(5), 2).reshape(5, 2)
    batches = Batches(order, Transforms(order[..., None] * np.ones(8), order + 10, order + 20))
    chunks = list(batches.chunks(2))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    for whole, *parts in zip(batches.arrays(), *(chunk.arrays() for chunk in chunks), strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_step_reads_order_maps_offsets_and_inversions():
    order, maps, offsets, inverted = np.zeros((1, 2)), np.zeros((1, 2, 8)), np.ones((1, 2)), np.zeros((1, 2))
    arrays = Batches(order, Transforms(maps=maps, offsets=offsets, inverted=inverted)).arrays()
    assert [id(array) for array in arrays] == [id(order), id(maps), id(offsets), id(inverted)]

"""Every image comes as often as any other, and changes stay with their images."""

import numpy as np
import pytest

from letterpress.training.augmentation import Transforms
from letterpress.training.sampler import Batches, shuffle


def shuffled(count: int, steps: int, batch: int, seed: int = 0) -> np.ndarray:
    return shuffle(np.random.default_rng(seed), count, steps, batch)


@pytest.mark.parametrize(("count", "steps", "batch"), [(10, 3, 3), (10, 5, 2), (3, 1, 8), (7, 9, 4), (1, 2, 3)])
def test_no_index_comes_twice_before_all_have_come_once(count, steps, batch):
    order = shuffled(count, steps, batch).ravel()
    for start in range(0, len(order), count):
        one_round = order[start : start + count]
        assert len(set(one_round)) == len(one_round)
        assert set(one_round) <= set(range(count))


def test_batches_are_int32_of_steps_and_batch():
    order = shuffled(10, 4, 2)
    assert (order.shape, order.dtype) == ((4, 2), np.int32)


def test_an_epoch_of_the_same_seed_has_the_same_order():
    assert shuffled(50, 5, 10).tobytes() == shuffled(50, 5, 10).tobytes()
    assert shuffled(50, 5, 10).tobytes() != shuffled(50, 5, 10, seed=1).tobytes()


def test_a_second_round_is_shuffled_anew():
    first, second = shuffled(50, 10, 10).reshape(2, 50)
    assert sorted(first) == sorted(second)
    assert not np.array_equal(first, second)


def test_letters_are_drawn_anew_among_the_images_of_each_round():
    order = shuffle(np.random.default_rng(0), 50, 16, 10, letters=1000, drawn=30).reshape(2, 80)
    for one_round in order:
        assert sorted(one_round[one_round < 50]) == list(range(50))
        assert ((one_round >= 50) & (one_round < 1050)).sum() == 30
        assert (one_round[:40] >= 50).any()
        assert (one_round[40:] >= 50).any()
    first, second = (set(one_round[one_round >= 50]) for one_round in order)
    assert len(first & second) < 10


def test_chunks_together_are_all_batches_and_keep_their_changes():
    steps = np.arange(5)
    order = np.repeat(steps, 2).reshape(5, 2)
    batches = Batches(order, Transforms(order[..., None] * np.ones(8), order + 10, order + 20))
    chunks = list(batches.chunks(2))
    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    for whole, *parts in zip(batches.arrays(), *(chunk.arrays() for chunk in chunks), strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_step_reads_order_maps_offsets_and_inversions():
    order, maps, offsets, inverted = np.zeros((1, 2)), np.zeros((1, 2, 8)), np.ones((1, 2)), np.zeros((1, 2))
    arrays = Batches(order, Transforms(maps=maps, offsets=offsets, inverted=inverted)).arrays()
    assert [id(array) for array in arrays] == [id(order), id(maps), id(offsets), id(inverted)]

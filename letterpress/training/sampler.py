"""Which images make up an epoch's batches, and how each is changed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from letterpress.training.augmentation import Transforms


@dataclass(frozen=True)
class Batches:
    """Consecutive steps: `order` is int32 (steps, batch), and `changes` has the same first axes."""

    order: np.ndarray
    changes: Transforms

    def __len__(self) -> int:
        return len(self.order)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays that a step reads, in the order of its arguments."""
        return self.order, self.changes.maps, self.changes.offsets, self.changes.inverted

    def chunks(self, steps: int) -> Iterator["Batches"]:
        """Cut into pieces of at most so many steps."""
        for start in range(0, len(self), steps):
            piece = slice(start, start + steps)
            order, maps, offsets, inverted = (array[piece] for array in self.arrays())
            yield Batches(order, Transforms(maps, offsets, inverted))


def shuffle(
    rng: np.random.Generator, count: int, steps: int, batch: int, letters: int = 0, drawn: int = 0
) -> np.ndarray:
    """Indices in random order, int32 (steps, batch): of those below `count` none twice before all have come once.

    In each such round `drawn` of the `letters` indices that follow `count` are among them.
    """
    rounds = -(-steps * batch // (count + drawn))
    order = np.concatenate([_round(rng, count, letters, drawn) for _ in range(rounds)])
    return order[: steps * batch].reshape(steps, batch).astype(np.int32)


def _round(rng: np.random.Generator, count: int, letters: int, drawn: int) -> np.ndarray:
    if drawn == 0:
        return rng.permutation(count)
    return rng.permutation(np.concatenate([np.arange(count), count + rng.integers(letters, size=drawn)]))

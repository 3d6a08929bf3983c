"""Which images make up an epoch's batches, and how each is changed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from letterpress.members.augmentation import Changes


@dataclass(frozen=True)
class Batches:
    """Consecutive steps: `order` is int32 (steps, batch), and `changes` has the same first axes."""

    order: np.ndarray
    changes: Changes

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
            yield Batches(order, Changes(maps, offsets, inverted))


def shuffle(rng: np.random.Generator, count: int, steps: int, batch: int) -> np.ndarray:
    """Indices below `count` in random order, int32 (steps, batch): none twice before all have come once."""
    rounds = -(-steps * batch // count)
    order = np.concatenate([rng.permutation(count) for _ in range(rounds)])
    return order[: steps * batch].reshape(steps, batch).astype(np.int32)

"""Sample which images form an epoch's batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from letterpress.training.augmentation import Transforms


@dataclass(frozen=True)
class Batches:
    """Consecutive training steps: `order` is int32 (steps, batch_size), and `transforms` has the same first axes."""

    order: np.ndarray
    transforms: Transforms

    def __len__(self) -> int:
        return len(self.order)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return the arrays that a training step reads, in the order of its arguments."""
        return self.order, self.transforms.maps, self.transforms.offsets, self.transforms.inverted

    def chunks(self, steps: int) -> Iterator["Batches"]:
        """Yield chunks of at most `steps` steps."""
        for start in range(0, len(self), steps):
            chunk = slice(start, start + steps)
            order, maps, offsets, inverted = (array[chunk] for array in self.arrays())
            yield Batches(order, Transforms(maps, offsets, inverted))


def sample_order(
    rng: np.random.Generator, shape: tuple[int, int], n_images: int, n_synthetic: int = 0, n_rehearsed: int = 0
) -> np.ndarray:
    """Sample indices for (steps, batch_size), int32: none twice before all have come once.

    Args:
        rng: the epoch's own generator.
        shape: (steps, batch_size).
        n_images: the indices below come once in each round.
        n_synthetic: as many indices follow those of the images.
        n_rehearsed: how many of them are drawn, with replacement, for each round.
    """
    steps, batch_size = shape
    rounds = -(-steps * batch_size // (n_images + n_rehearsed))
    order = np.concatenate([_sample_round(rng, n_images, n_synthetic, n_rehearsed) for _ in range(rounds)])
    return order[: steps * batch_size].reshape(shape).astype(np.int32)


def _sample_round(rng: np.random.Generator, n_images: int, n_synthetic: int, n_rehearsed: int) -> np.ndarray:
    if n_rehearsed == 0:
        return rng.permutation(n_images)
    rehearsed = n_images + rng.integers(n_synthetic, size=n_rehearsed)
    return rng.permutation(np.concatenate([np.arange(n_images), rehearsed]))

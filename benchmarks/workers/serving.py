"""Shared by all contestants: random data, rounds of a fixed time, and the protocol."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

ROUND_SECONDS = 4.0
SIZE, N_CLASSES = 32, 62
RANGES = {
    "rotation": 15,
    "shear": 17,
    "zoom": 0.25,
    "translation": 0.12,
}  # of the augmentation, in the units of `aug`


@dataclass(frozen=True)
class Case:
    """A network and its square images, `size` pixels wide, `batch_size` of them a step."""

    network: str
    width: int
    size: int = SIZE
    batch_size: int = 128
    dense: int = 512

    @classmethod
    def from_json(cls, text: str) -> "Case":
        """Parse a worker's argument."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def random_images(count: int = 8192, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Return noise, uint8 (n, size, size), and labels, int32 (n,): a step's time does not depend on them."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, size, size), dtype=np.uint8)
    return images, rng.integers(0, N_CLASSES, count).astype(np.int32)


def serve(work: Callable[[], int]) -> None:
    """Print the rate of one round for each line of standard input.

    `work` returns how many units it has done. Its first call, which may compile, does not count.
    """
    work()
    print("ready", flush=True)
    for _ in sys.stdin:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < ROUND_SECONDS:
            done += work()
        print(json.dumps(done / (time.perf_counter() - started)), flush=True)

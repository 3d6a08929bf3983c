"""What all contestants share: made data, rounds of a fixed time, and the talk with the referee."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

ROUND_SECONDS = 4.0
SIZE, N_CLASSES = 32, 62
RANGES = {"rotation": 15, "shear": 17, "zoom": 0.25, "shift": 0.12}  # of the augmentation, in the units of `aug`


@dataclass(frozen=True)
class Case:
    """A network, by its name in the zoo, and the square images it learns from, `size` pixels wide, `batch` a step."""

    net: str
    width: int
    size: int = SIZE
    batch: int = 128
    dense: int = 512

    @classmethod
    def read(cls, text: str) -> "Case":
        """As a worker finds it among its arguments."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def made_images(count: int = 8192, size: int = SIZE) -> tuple[np.ndarray, np.ndarray]:
    """Noise, uint8 (n, size, size), and labels, int32 (n,): a step's time does not depend on what they show."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, size, size), dtype=np.uint8)
    return images, rng.integers(0, N_CLASSES, count).astype(np.int32)


def serve(work: Callable[[], int]) -> None:
    """Answer each line of standard input with the rate of one round of `work`, which returns what it has done.

    The first call of `work`, which may compile, is not counted.
    """
    work()
    print("ready", flush=True)
    for _ in sys.stdin:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < ROUND_SECONDS:
            done += work()
        print(json.dumps(done / (time.perf_counter() - started)), flush=True)

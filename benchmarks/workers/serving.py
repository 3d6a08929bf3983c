"""What all contestants share: made data, rounds of a fixed time, and the talk with the referee."""

import json
import sys
import time
from collections.abc import Callable

import numpy as np

ROUND_SECONDS = 4.0
SIZE, N_CLASSES, BATCH = 32, 62, 128
RANGES = {"rotation": 15, "shear": 17, "zoom": 0.25, "shift": 0.12}  # of the augmentation, in the units of `aug`


def made_images(count: int = 8192, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise, uint8 (n, 32, 32), and labels, int32 (n,): a step's time does not depend on what they show."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, SIZE, SIZE), dtype=np.uint8)
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

"""Work on all cores: processes that take a bounded number of items ahead, and give results in order."""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from letterpress.infrastructure.errors import UserError

AHEAD = 2  # chunks a core that wait to be worked on, so that not all items are in memory at once
WATCH = 0.5  # seconds between two looks at the parent
T, R = TypeVar("T"), TypeVar("R")


def parallel_map(work: Callable[[T], R], items: Iterable[T], chunk: int = 1) -> Iterator[R]:
    """`work(item)` for each item in its order; `chunk` of them go to a process at a time.

    Raises UserError where the system has ended a process.
    """
    items, waiting = iter(items), deque[Future]()
    cores = os.cpu_count() or 1
    try:
        with ProcessPoolExecutor(cores, initializer=end_with_parent, initargs=(os.getpid(),)) as pool:
            while some := list(islice(items, chunk)):
                waiting.append(pool.submit(_each, work, some))
                if len(waiting) > AHEAD * cores:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
    except BrokenProcessPool as error:
        raise UserError(
            "the system has ended a process, as it does where memory runs out; free some, and run it again."
        ) from error


def _each(work: Callable[[T], R], items: list[T]) -> list[R]:
    return [work(item) for item in items]


def end_with_parent(parent: int) -> None:
    """End this process soon after its parent, the process of that number, however that came to its end.

    Who is killed cannot end his children; what they still wrote would get in the way of the next run.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()

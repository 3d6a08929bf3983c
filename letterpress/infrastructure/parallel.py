"""Map a function over items in processes on all cores, in order, with a bounded number of items in memory."""

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

PREFETCH = 2  # chunks per core that are submitted ahead of the one that is awaited
POLL_SECONDS = 0.5
T, R = TypeVar("T"), TypeVar("R")


def parallel_map(work: Callable[[T], R], items: Iterable[T], chunk: int = 1) -> Iterator[R]:
    """Yield `work(item)` for each item in its order; a process takes `chunk` items at a time.

    Raises UserError where the system has killed a process, and what `work` raises.
    """
    items, pending = iter(items), deque[Future]()
    cores = os.cpu_count() or 1
    try:
        with ProcessPoolExecutor(cores, initializer=end_with_parent, initargs=(os.getpid(),)) as pool:
            while batch := list(islice(items, chunk)):
                pending.append(pool.submit(_map_chunk, work, batch))
                if len(pending) > PREFETCH * cores:
                    yield from pending.popleft().result()
            while pending:
                yield from pending.popleft().result()
    except BrokenProcessPool as error:
        raise UserError(
            "the system has killed a process, as it does when memory runs out; free some, and run it again."
        ) from error


def _map_chunk(work: Callable[[T], R], items: list[T]) -> list[R]:
    return [work(item) for item in items]


def end_with_parent(parent: int) -> None:
    """Kill this process soon after the process `parent` has ended.

    A killed parent cannot stop its children; so they poll for it. Their output
    would otherwise mix with that of the next run.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()

"""Commands as child processes: each on cores of its own, its output in a log, and all of them stopped at once."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

PATIENCE = 10  # seconds between asking a child to end and ending it
THREADS = "TF_NUM_INTRAOP_THREADS"


def cores() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else list(range(os.cpu_count() or 1))


def threads() -> str:
    """In how many threads a member computes wherever it is trained: in fewer, sums are rounded in another order."""
    return os.environ.get(THREADS, str(len(cores())))


def share(slot: int, slots: int) -> list[int]:
    """Which cores the children of one slot of so many may use: at least one, and shared if there are too few."""
    mine = cores()
    return mine[slot::slots] or [mine[slot % len(mine)]]


class Children:
    """Runs commands from several threads.

    Each child heads a process group of its own: dvc's children outlive it when it alone is killed.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock, self._stopped = threading.Lock(), False

    def run(
        self, command: Sequence[str], folder: Path, log: Path, on_cores: list[int], on_line: Callable[[str], None]
    ) -> int:
        """Run a command in a folder and return its status; its lines go to the log and to `on_line`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        process = self._start(command, folder, on_cores)
        with process, log.open("w", encoding="utf-8") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()
                on_line(line.rstrip("\n"))
        with self._lock:
            self._running.discard(process)
        return process.returncode

    def _start(self, command: Sequence[str], folder: Path, on_cores: list[int]) -> subprocess.Popen:
        with self._lock:
            if self._stopped:
                raise InterruptedError
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, THREADS: threads()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        if sys.platform == "linux":
            os.sched_setaffinity(process.pid, on_cores)
        return process

    def stop(self) -> None:
        """End all children and their children, and let none begin any more."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal(process, signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            _signal(process, signal.SIGKILL)  # of the group, whoever is left


def _signal(process: subprocess.Popen, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)

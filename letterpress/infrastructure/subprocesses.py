"""Run commands at the same time: each on its own cores, its output in a log, and all stopped together."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from letterpress.infrastructure.hardware import available_cores

STOP_SECONDS = 10  # between SIGTERM and SIGKILL
THREADS = "TF_NUM_INTRAOP_THREADS"


def threads() -> str:
    """Return the number of threads for every training: with another number, sums are rounded differently."""
    return os.environ.get(THREADS, str(len(available_cores())))


def cores_for_slot(slot: int, slots: int) -> list[int]:
    """Return the cores of one of `slots` equal slots: at least one, shared where there are fewer cores than slots."""
    cores = available_cores()
    return cores[slot::slots] or [cores[slot % len(cores)]]


def start_group(command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen:
    """Start a command that leads its own process group, with stdout and stderr as one pipe of text.

    env: the environment, None for this process's own.
    """
    return subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


class Subprocesses:
    """Runs commands from several threads and stops them together.

    Each leads its own process group: dvc's children survive dvc if it alone is killed.
    """

    def __init__(self) -> None:
        self._running: set[subprocess.Popen] = set()
        self._lock, self._stopped = threading.Lock(), False

    def run(
        self, command: Sequence[str], folder: Path, log: Path, cores: list[int], on_line: Callable[[str], None]
    ) -> int:
        """Run a command and return its exit status; raise InterruptedError after stop().

        Args:
            command: program and arguments.
            folder: the working directory.
            log: the file for stdout and stderr.
            cores: the only cores that it may use (on Linux).
            on_line: called with each line of the output.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        process = self._start(command, folder, cores)
        with process, log.open("w", encoding="utf-8") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()
                on_line(line.rstrip("\n"))
        with self._lock:
            self._running.discard(process)
        return process.returncode

    def _start(self, command: Sequence[str], folder: Path, cores: list[int]) -> subprocess.Popen:
        with self._lock:
            if self._stopped:
                raise InterruptedError
            process = start_group(command, folder, {**os.environ, THREADS: threads()})
            self._running.add(process)
        if sys.platform == "linux":
            os.sched_setaffinity(process.pid, cores)
        return process

    def stop(self) -> None:
        """Stop all commands and their children, and let no further one start."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            _signal_group(process, signal.SIGKILL)  # whoever is left of the group


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)

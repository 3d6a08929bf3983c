"""Run contestants in turns, round by round, so that a busy moment of the machine slows them all."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}


class Worker:
    """A contestant's process; use as a context."""

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        command = [sys.executable, "-m", f"benchmarks.workers.{module}", *arguments]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=(environment or os.environ) | QUIET,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def wait(self) -> None:
        """Wait until it has built and compiled; raise RuntimeError where it cannot."""
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{' '.join(self.process.args[2:])} ended before its first round.")

    def round(self) -> float:
        """Run one round and return its rate."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def run_rounds(workers: dict[str, Worker], rounds: int) -> dict[str, list[float]]:
    """Run all workers in turns; return every round's rate by the worker's name."""
    rates: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            rates[name].append(worker.round())
    return rates


def summarize_spread(values: list[float], digits: int) -> dict[str, float]:
    """Return mean, least and greatest, with so many digits after the point."""
    figures = {"mean": statistics.mean(values), "least": min(values), "greatest": max(values)}
    return {name: round(float(value), digits) for name, value in figures.items()}


def summarize_rates(rates: list[float]) -> dict[str, float]:
    """Return median, least and greatest, with three significant digits."""
    figures = {"median": statistics.median(rates), "least": min(rates), "greatest": max(rates)}
    return {name: float(f"{value:.3g}") for name, value in figures.items()}

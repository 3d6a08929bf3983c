"""Measure the overhead: a `dvc repro` with nothing to do, and the start of a stage."""

import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.contest import ROOT, summarize_rates


def measure(rounds: int) -> dict:
    """Return each command's seconds; the default recipe is run first where it is stale."""
    commands = {
        "dvc repro, nothing to do": [sys.executable, "-m", "dvc", "repro"],
        "a stage without TensorFlow": [sys.executable, "stages", "average"],
        "the imports of a stage with TensorFlow": [
            sys.executable,
            "-c",
            "from letterpress.inference import runtime; runtime.prepare('auto')",
        ],
    }
    _time(commands["dvc repro, nothing to do"])
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(_time(command))
    return {name: summarize_rates(values) for name, values in seconds.items()}


def _time(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - started

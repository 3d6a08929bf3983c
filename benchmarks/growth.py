"""Measure how seconds and peak memory grow with the numbers of images and of members."""

import json
import subprocess
import sys

from benchmarks.contest import ROOT, summarize_rates

IMAGES = (8000, 16000, 32000)
MEMBERS = (1, 2, 4)  # each trains on the smallest number of images


def measure(rounds: int) -> dict:
    """Return seconds and memory by number of images and of members; each round trains all in turn."""
    cases = {f"{count} images": (count, 1) for count in IMAGES}
    cases |= {f"{members} members": (IMAGES[0], members) for members in MEMBERS}
    runs: dict[str, list[dict]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (count, members) in cases.items():
            runs[name].append(_train(count, members))
    return {
        name: {figure: summarize_rates([run[figure] for run in taken]) for figure in taken[0]}
        for name, taken in runs.items()
    }


def _train(count: int, members: int) -> dict:
    """Train members one after another, a process each as under DVC; return total seconds and the largest memory."""
    command = [sys.executable, "-m", "benchmarks.workers.one_training", str(count)]
    runs = []
    for _ in range(members):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {
        "seconds": sum(run["seconds"] for run in runs),
        "peak_memory_mb": max(run["peak_memory_mb"] for run in runs),
    }

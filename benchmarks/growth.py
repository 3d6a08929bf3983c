"""How seconds and peak memory grow with the number of images, and with that of members."""

import json
import subprocess
import sys

from benchmarks.contest import ROOT, summary

IMAGES = (8000, 16000, 32000)
MEMBERS = (1, 2, 4)  # each learns from the least number of images


def measure(rounds: int) -> dict:
    """Seconds and memory by number of images and of members; each round trains all of them in turn."""
    cases = {f"{count} images": (count, 1) for count in IMAGES}
    cases |= {f"{members} members": (IMAGES[0], members) for members in MEMBERS}
    notes: dict[str, list[dict]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (count, members) in cases.items():
            notes[name].append(_train(count, members))
    return {
        name: {figure: summary([note[figure] for note in taken]) for figure in taken[0]}
        for name, taken in notes.items()
    }


def _train(count: int, members: int) -> dict:
    """The members one after another, a process each as under DVC: seconds in all, and memory of the largest."""
    command = [sys.executable, "-m", "benchmarks.workers.one_training", str(count)]
    notes = []
    for _ in range(members):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        notes.append(json.loads(done.stdout.splitlines()[-1]))
    return {
        "seconds": sum(note["seconds"] for note in notes),
        "peak_memory_mb": max(note["peak_memory_mb"] for note in notes),
    }

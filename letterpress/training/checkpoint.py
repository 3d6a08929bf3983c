"""Checkpoints: everything that the next epoch depends on, in one file, so that a killed training can resume."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from letterpress.infrastructure.files import load_arrays, save_arrays

CHECKPOINTS = Path("checkpoints")  # no output of a stage: DVC would remove it before a run


@dataclass
class Progress:
    """How far a training has come.

    history: a dict for each finished epoch. plateau: the best score of
    ReduceOnPlateau, and the epochs since. best_weights: of the epoch with the
    highest score so far, where the best epoch is to be restored.
    """

    phase: int = 0
    epoch: int = 0  # finished ones of this phase
    history: list[dict] = field(default_factory=list)
    plateau: tuple[float, int] = (-float("inf"), 0)
    best_score: float = -float("inf")
    best_weights: list[np.ndarray] = field(default_factory=list)

    def start_phase(self, phase: int) -> None:
        """Begin with the first epoch of a phase, unless this phase is under way."""
        if phase > self.phase:
            self.phase, self.epoch, self.plateau = phase, 0, Progress.plateau


class Checkpoint:
    """The file of one training; `cache_key` digests what it depends on."""

    def __init__(self, path: Path, cache_key: str) -> None:
        self.path, self.cache_key = path, cache_key

    def save(self, progress: Progress, variables: list[np.ndarray]) -> None:
        """Write the progress and the values of all variables, the optimizer's included."""
        record = {
            **vars(progress),
            "best_weights": len(progress.best_weights),
            "cache_key": self.cache_key,
        }
        arrays = {f"best_{i}": array for i, array in enumerate(progress.best_weights)}
        arrays |= {f"variable_{i}": array for i, array in enumerate(variables)}
        save_arrays(self.path, record=np.array(json.dumps(record)), **arrays)

    def load(self) -> tuple[Progress, list[np.ndarray]] | None:
        """Read what was saved; return None where the file is missing, damaged or of another training."""
        try:
            arrays = load_arrays(self.path)
            record = json.loads(str(arrays.pop("record")))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None
        if record.pop("cache_key", None) != self.cache_key:
            return None
        record["best_weights"] = [arrays.pop(f"best_{i}") for i in range(record["best_weights"])]
        record["plateau"] = tuple(record["plateau"])
        return Progress(**record), [arrays[f"variable_{i}"] for i in range(len(arrays))]

    def remove(self) -> None:
        """Remove the file of a finished training."""
        self.path.unlink(missing_ok=True)

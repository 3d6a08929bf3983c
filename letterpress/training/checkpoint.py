"""From which a killed training goes on: everything that the next epoch depends on, in one file."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from letterpress.infrastructure.files import load_arrays, save_arrays

FOLDER = Path("checkpoints")  # not an output of DVC's, which would remove it before a run


@dataclass
class Progress:
    """How far a training has come.

    history holds a dict for each finished epoch. best_weights are those of the
    epoch with the highest score so far, if the best epoch is to be kept.
    """

    phase: int = 0
    epoch: int = 0  # finished ones of this phase
    history: list[dict] = field(default_factory=list)
    plateau: tuple[float, int] = (-float("inf"), 0)  # best score, epochs waited
    best_score: float = -float("inf")
    best_weights: list[np.ndarray] = field(default_factory=list)


class Checkpoint:
    """The file of one member; `fingerprint` says what it was trained on, and with which code."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint

    def save(self, progress: Progress, variables: list[np.ndarray]) -> None:
        """Write progress and the values of all variables, those of the optimiser included."""
        record = {
            **vars(progress),
            "best_weights": len(progress.best_weights),
            "fingerprint": self.fingerprint,
        }
        arrays = {f"best_{i}": array for i, array in enumerate(progress.best_weights)}
        arrays |= {f"variable_{i}": array for i, array in enumerate(variables)}
        save_arrays(self.path, record=np.array(json.dumps(record)), **arrays)

    def load(self) -> tuple[Progress, list[np.ndarray]] | None:
        """What was saved, or None where there is nothing, or nothing that fits."""
        try:
            arrays = load_arrays(self.path)
            record = json.loads(str(arrays.pop("record")))
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return None
        if record.pop("fingerprint") != self.fingerprint:
            return None
        record["best_weights"] = [arrays.pop(f"best_{i}") for i in range(record["best_weights"])]
        record["plateau"] = tuple(record["plateau"])
        return Progress(**record), [arrays[f"variable_{i}"] for i in range(len(arrays))]

    def remove(self) -> None:
        """Clean up after a training that has ended."""
        self.path.unlink(missing_ok=True)

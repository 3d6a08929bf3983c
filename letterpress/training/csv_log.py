"""Learning curves as CSV tables that DVC plots, written while the training runs."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from letterpress.infrastructure.files import write_text
from letterpress.training.callbacks import Callback, Pace

COLUMNS = ("epoch", "learning_rate", "loss", "accuracy", "validation_loss", "validation_accuracy")
CURVES = Path("metrics/curves")
LEARNING_CURVES = Path("metrics/learning_curves.csv")


class CsvLog(Callback):
    """Writes one training's curve, and where it is of a member the curves of all members, after every epoch."""

    def __init__(self, path: Path, members: Iterable[str] = ()) -> None:
        self.path, self.members = path, tuple(members)

    def on_epoch_end(self, history: list[dict], pace: Pace) -> None:
        self.write(history)

    def write(self, history: list[dict]) -> None:
        """Write a row an epoch with six significant digits; cells stay empty without validation images."""
        lines = [",".join(COLUMNS)]
        for row in history:
            lines.append(",".join(f"{row[name]:.6g}" if name in row else "" for name in COLUMNS))
        write_text(self.path, "\n".join(lines) + "\n")
        if self.members:
            merge_curves(self.members)


def merge_curves(members: Iterable[str]) -> None:
    """Write metrics/learning_curves.csv: the rows of all members' curves that exist, each after the member's key."""
    lines = [",".join(("member", *COLUMNS))]
    for key in members:
        with suppress(FileNotFoundError):  # not trained yet
            rows = (CURVES / f"{key}.csv").read_text(encoding="utf-8").splitlines()[1:]
            lines += [f"{key},{row}" for row in rows]
    write_text(LEARNING_CURVES, "\n".join(lines) + "\n")

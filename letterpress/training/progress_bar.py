"""Show a training's progress: a bar on a terminal, a line an epoch elsewhere."""

import statistics
import sys

from tqdm import tqdm

from letterpress.training.trainer import Pace


class Reporter:
    """Takes a note of every epoch; use as a context."""

    def __init__(self, member: str, epochs: int) -> None:
        self.member, self.epochs = member, epochs
        self.paces: list[Pace] = []
        self.bar = tqdm(total=epochs, desc=member, unit=" epochs", disable=None)

    def __enter__(self) -> "Reporter":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def epoch(self, row: dict, pace: Pace) -> None:
        """Show one epoch's figures."""
        self.paces.append(pace)
        figures = f"loss {row['loss']:.3f}, accuracy {row['accuracy']:.4f}"
        if "validation_accuracy" in row:
            figures += f", validation {row['validation_accuracy']:.4f}"
        figures += f", {pace.images / pace.seconds:,.0f} images/s"
        if self.bar.disable:
            print(f"{self.member}: epoch {row['epoch']}/{self.epochs}: {figures}", flush=True)
        else:
            self.bar.n = row["epoch"]
            self.bar.set_postfix_str(figures)
            sys.stderr.flush()

    def head(self, group: str, best: dict[str, float], accuracy: float) -> None:
        """Show what the grid search for one head has found."""
        chosen = ", ".join(f"{name} {value:g}" for name, value in best.items())
        tqdm.write(f"{self.member}: {group or 'all classes'}: {chosen}, cross-validated accuracy {accuracy:.4f}")

    def facts(self) -> dict:
        """Epochs of this run (fewer than all after a resume) and the median speed of their training steps."""
        speeds = [pace.images / pace.seconds for pace in self.paces]
        return {
            "epochs": len(speeds),
            "images_per_second": round(statistics.median(speeds)) if speeds else None,
        }

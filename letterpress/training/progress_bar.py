"""Show a training's progress: a bar on a terminal, a line an epoch elsewhere."""

import statistics
import sys

from tqdm import tqdm

from letterpress.training.callbacks import Callback, Pace


class ProgressBar(Callback):
    """Shows every epoch; use as a context."""

    def __init__(self, name: str, epochs: int) -> None:
        self.name, self.epochs = name, epochs
        self.paces: list[Pace] = []
        self.bar = tqdm(total=epochs, desc=name, unit=" epochs", disable=None)

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def on_epoch_end(self, history: list[dict], pace: Pace) -> None:
        self.paces.append(pace)
        row = history[-1]
        metrics = f"loss {row['loss']:.3f}, accuracy {row['accuracy']:.4f}"
        if "validation_accuracy" in row:
            metrics += f", validation {row['validation_accuracy']:.4f}"
        metrics += f", {pace.images_per_second:,.0f} images/s"
        if self.bar.disable:
            print(f"{self.name}: epoch {row['epoch']}/{self.epochs}: {metrics}", flush=True)
        else:
            self.bar.n = row["epoch"]
            self.bar.set_postfix_str(metrics)
            sys.stderr.flush()

    def on_head_end(self, group: str, best_params: dict[str, float], accuracy: float) -> None:
        chosen = ", ".join(f"{name} {value:g}" for name, value in best_params.items())
        tqdm.write(f"{self.name}: {group or 'all classes'}: {chosen}, cross-validated accuracy {accuracy:.4f}")

    def summary(self) -> dict:
        """Return the epochs of this run, fewer than all after a resume, and the median speed of their steps."""
        speeds = [pace.images_per_second for pace in self.paces]
        return {
            "epochs": len(speeds),
            "images_per_second": round(statistics.median(speeds)) if speeds else None,
        }

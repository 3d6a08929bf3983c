"""True and predicted class of every image judged unseen, as DVC's confusion plot wants them."""

import csv
import io
from pathlib import Path

import numpy as np

from letterpress.infrastructure.files import write_text


def save(labels: np.ndarray, predicted: np.ndarray, classes: list[str], path: Path) -> None:
    """Write a row an image, ordered by class, so that a new ensemble changes few lines."""
    pairs = sorted(zip(labels.tolist(), predicted.tolist(), strict=True))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("actual", "predicted"))
    writer.writerows((classes[true], classes[taken]) for true, taken in pairs)
    write_text(path, text.getvalue())

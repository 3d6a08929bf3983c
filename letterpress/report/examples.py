"""Example images for the report: the worst errors, and predictions that the context changed."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from letterpress.evaluation.errors import Errors
from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import PreparedSplit

MAX_ERRORS = 300
MAX_CHANGES = 12  # of those that became correct, and of those that became wrong
N_NEIGHBORS = 6  # shown with each change


def png_url(image: np.ndarray) -> str:
    """Encode a grayscale image, uint8 (height, width), as a data URL of a PNG."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def worst_errors(errors: Errors, final: Predictions, labelled: PreparedSplit, classes: list[str]) -> list[dict]:
    """Describe the first errors, each with its image.

    Args:
        errors: as find_errors orders them.
        final: the ensemble's predictions.
        labelled: the labelled images.
        classes: the classes' names.
    """

    def describe(row: int, predicted: int, suspected: bool) -> dict:
        true, probabilities = labelled.labels[row], final.probabilities[row]
        second = np.argsort(-probabilities, kind="stable")[1]
        return {
            "id": str(labelled.ids[row]),
            "true": classes[true],
            "predicted": classes[predicted],
            "probability": round(float(probabilities[predicted]), 4),
            "probability_of_true": round(float(probabilities[true]), 4),
            "runner_up": None if second in (true, predicted) else classes[second],  # no fact twice
            "probability_of_runner_up": round(float(probabilities[second]), 4),
            "suspected": bool(suspected),
            "image": png_url(labelled.images[row]),
        }

    chosen = zip(errors.rows[:MAX_ERRORS], errors.predicted[:MAX_ERRORS], errors.suspected[:MAX_ERRORS], strict=True)
    return [describe(*error) for error in chosen]


@dataclass(frozen=True)
class ContextChange:
    """The predictions without and with context, and every image's neighbours, int32 (n_images, k)."""

    without_context: Predictions
    final: Predictions
    neighbors: np.ndarray


def context_examples(
    change: ContextChange | None, labelled: PreparedSplit, test: PreparedSplit, classes: list[str]
) -> dict[str, list[dict]]:
    """Select the labelled images that the context made `correct` and `wrong`, the most probable predictions first.

    Each has the image's `id` and `image`, its `true` class, the predictions
    `before` and `after`, and its nearest `neighbors` as `image` and `class`
    (None for a test image). Without a change of context there are none.
    """
    if change is None:
        return {"correct": [], "wrong": []}
    n = len(labelled.labels)
    old, new = change.without_context.probabilities[:n], change.final.probabilities[:n]
    before, after = old.argmax(axis=1), new.argmax(axis=1)
    gains = new.max(axis=1) - old[np.arange(n), after]
    changed = [i for i in np.argsort(-gains, kind="stable") if before[i] != after[i] and change.final.voted[i]]
    images = [*labelled.images, *test.images]
    names = [classes[label] for label in labelled.labels] + [None] * len(test.images)

    def example(i: int) -> dict:
        return {
            "id": str(labelled.ids[i]),
            "true": names[i],
            "before": classes[before[i]],
            "after": classes[after[i]],
            "image": png_url(images[i]),
            "neighbors": [
                {"image": png_url(images[j]), "class": names[j]} for j in change.neighbors[i, :N_NEIGHBORS]
            ],
        }

    correct = [i for i in changed if after[i] == labelled.labels[i]][:MAX_CHANGES]
    wrong = [i for i in changed if before[i] == labelled.labels[i]][:MAX_CHANGES]
    return {"correct": [example(i) for i in correct], "wrong": [example(i) for i in wrong]}

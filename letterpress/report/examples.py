"""Example images for the report: the worst errors, and predictions that the context changed."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

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


def worst_errors(
    labelled: PreparedSplit, rows: np.ndarray, probabilities: np.ndarray, classes: list[str]
) -> list[dict]:
    """Select the errors with the largest gap between the predicted and the true class's probability.

    Args:
        labelled: the labelled images.
        rows: int (n,), which of them have predictions.
        probabilities: float32 (n, n_classes), their predictions.
        classes: the classes' names.
    """
    index, labels = np.arange(len(rows)), labelled.labels[rows]
    ranked = np.argsort(-probabilities, axis=1, kind="stable")
    predicted, second = ranked[:, 0], ranked[:, 1]
    gaps = probabilities[index, predicted] - probabilities[index, labels]
    order = [i for i in np.argsort(-gaps, kind="stable") if predicted[i] != labels[i]][:MAX_ERRORS]

    def rounded(i: int, label: int) -> float:
        return round(float(probabilities[i, label]), 4)

    return [
        {
            "id": str(labelled.ids[rows[i]]),
            "true": classes[labels[i]],
            "predicted": classes[predicted[i]],
            "probability": rounded(i, predicted[i]),
            "probability_of_true": rounded(i, labels[i]),
            "runner_up": classes[second[i]],
            "probability_of_runner_up": rounded(i, second[i]),
            "image": png_url(labelled.images[rows[i]]),
        }
        for i in order
    ]


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

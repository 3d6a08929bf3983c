"""The worst errors, for people to look at."""

import numpy as np

from letterpress.storage.prepared import Arrays
from letterpress.report.thumbnails import data_url

WORST = 300  # shown


def worst_errors(train: Arrays, indices: np.ndarray, probabilities: np.ndarray, classes: list[str]) -> list[dict]:
    """The wrong answers with the widest gap between the predicted and the true class's probability.

    probabilities, float (n, classes), are of the labelled images `indices`, int (n,).
    """
    rows = np.arange(len(indices))
    labels, ranked = train.labels[indices], np.argsort(-probabilities, axis=1, kind="stable")
    predicted, second = ranked[:, 0], ranked[:, 1]
    gaps = probabilities[rows, predicted] - probabilities[rows, labels]
    order = [row for row in np.argsort(-gaps, kind="stable") if predicted[row] != labels[row]][:WORST]

    def share(row: int, label: int) -> float:
        return round(float(probabilities[row, label]), 4)

    return [
        {
            "id": str(train.ids[indices[row]]),
            "true": classes[labels[row]],
            "predicted": classes[predicted[row]],
            "probability": share(row, predicted[row]),
            "probability_of_true": share(row, labels[row]),
            "runner_up": classes[second[row]],
            "probability_of_runner_up": share(row, second[row]),
            "image": data_url(train.images[indices[row]]),
        }
        for row in order
    ]

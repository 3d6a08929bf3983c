"""The errors of an ensemble, for whoever looks for wrong labels."""

import csv
import io
from dataclasses import dataclass

import numpy as np

from letterpress.infrastructure.text import on_one_line
from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import PreparedSplit

CONFIDENT = 0.9  # the ensemble's least probability of a class that may be the right one


@dataclass(frozen=True)
class Errors:
    """The labelled images that are predicted wrongly, suspected label errors first, then by falling gap.

    rows: int (n,), indices of labelled images. predicted: int (n,), classes.
    gaps: float (n,), the predicted class's probability minus the true class's.
    suspected: bool (n,), whether the ensemble is confident, and every member
    that did not train on the image predicts the same class.
    """

    rows: np.ndarray
    predicted: np.ndarray
    gaps: np.ndarray
    suspected: np.ndarray


def find_errors(final: Predictions, members: dict[str, Predictions], labels: np.ndarray) -> Errors:
    """Find the errors among the labelled images, of labels int (n_labelled,), that have a prediction."""
    rows = np.flatnonzero(final.voted[: len(labels)])
    probabilities = final.probabilities[rows]
    predicted, index = probabilities.argmax(axis=1), np.arange(len(rows))
    gaps = probabilities[index, predicted] - probabilities[index, labels[rows]]
    agreed = np.ones(len(rows), bool)
    for member in members.values():
        agreed &= ~member.voted[rows] | (member.probabilities[rows].argmax(axis=1) == predicted)
    suspected = agreed & (probabilities[index, predicted] >= CONFIDENT)
    wrong = np.flatnonzero(predicted != labels[rows])
    order = wrong[np.lexsort((-gaps[wrong], ~suspected[wrong]))]
    return Errors(rows[order], predicted[order], gaps[order], suspected[order])


def errors_csv(errors: Errors, final: Predictions, labelled: PreparedSplit, classes: list[str]) -> str:
    """Format a row for each error: file, classes, probabilities, votes, and whether the label is suspected."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("file", "true_class", "predicted_class", "probability", "probability_of_true_class", "n_votes")
    writer.writerow((*columns, "suspected_label_error"))
    for row, predicted, suspected in zip(errors.rows, errors.predicted, errors.suspected, strict=True):
        true, probabilities = labelled.labels[row], final.probabilities[row]
        values = (f"{probabilities[label]:.6f}" for label in (predicted, true))
        name = on_one_line(str(labelled.ids[row]))
        mark = "yes" if suspected else ""
        writer.writerow((name, classes[true], classes[predicted], *values, final.n_votes[row], mark))
    return text.getvalue()

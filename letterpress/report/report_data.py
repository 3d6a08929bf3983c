"""The content of report/contents.json: equal inputs give equal contents."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letterpress.evaluation.calibration import bin_by_confidence
from letterpress.evaluation.confusion import count_confusions
from letterpress.evaluation.errors import Errors
from letterpress.evaluation.risk_coverage import accuracy_by_coverage
from letterpress.evaluation.temperature import scale_probabilities
from letterpress.report import charts
from letterpress.report.examples import worst_errors
from letterpress.report.look_alikes import look_alike_errors
from letterpress.report.member_agreement import accuracy_by_ensemble_size, agreement_matrix, collect_votes
from letterpress.storage.predictions import Predictions
from letterpress.storage.prepared import PreparedSplit

METRICS_FOLDER = Path("metrics")
COUNTED = ("holdout", "oof")  # the accuracy that counts is the first of these that there is


@dataclass(frozen=True)
class Results:
    """What the page is about.

    final, members: the predictions. temperature: by which `final` is
    calibrated. errors: of `final`. labelled: the labelled images. classes:
    their names.
    """

    final: Predictions
    members: dict[str, Predictions]
    temperature: float
    errors: Errors
    labelled: PreparedSplit
    classes: list[str]


def counted_part(details: dict) -> str | None:
    """Return the part of the images whose accuracy counts, or None."""
    return next((part for part in COUNTED if part in details), None)


def collect_contents(params: dict, results: Results) -> dict:
    """Collect parameters, metrics, charts and errors; params: the sections of params.yaml to show."""
    final, members, labelled, classes = results.final, results.members, results.labelled, results.classes
    data = _read_json(METRICS_FOLDER / "data.json")
    rows = np.flatnonzero(final.voted[: len(labelled.labels)])
    probabilities, labels = final.probabilities[rows], labelled.labels[rows]
    predicted = probabilities.argmax(axis=1)
    calibration = _calibration(probabilities, labels, results.temperature) if len(rows) else []
    return {
        "params": params,
        "data": data,
        "details": _read_json(METRICS_FOLDER / "details.json"),
        "charts": [
            *_learning_curves(list(members)),
            *calibration,
            *_member_charts(members, labelled.labels),
            charts.class_balance(data["balance"]),
        ],
        "confusion": {"classes": classes, "counts": count_confusions(labels, predicted, len(classes)).tolist()},
        "look_alikes": look_alike_errors(predicted, labels, classes) if len(rows) else [],
        "n_errors": len(results.errors.rows),
        "worst": worst_errors(results.errors, final, labelled, classes),
    }


def _calibration(probabilities: np.ndarray, labels: np.ndarray, temperature: float) -> list[dict]:
    before = bin_by_confidence(scale_probabilities(probabilities, 1 / temperature), labels)
    return [
        charts.risk_coverage(accuracy_by_coverage(probabilities, labels)),
        charts.reliability(bin_by_confidence(probabilities, labels), before, temperature),
    ]


def _learning_curves(keys: list[str]) -> list[dict]:
    histories = {key: _read_curve(METRICS_FOLDER / f"curves/{key}.csv") for key in keys}
    return [charts.learning_curves(histories)] if any(history["epoch"] for history in histories.values()) else []


def _member_charts(members: dict[str, Predictions], labels: np.ndarray) -> list[dict]:
    """Compare the members, where at least two have enough common images."""
    votes = collect_votes(list(members.values()), labels)
    accuracies = accuracy_by_ensemble_size(votes)
    if len(accuracies) < 2:
        return []
    fractions = agreement_matrix(votes)
    any_common = any(fraction is not None for i, row in enumerate(fractions) for fraction in row[:i])
    agreeing = [charts.agreement(list(members), fractions)] if any_common else []
    return [charts.accuracy_by_ensemble_size(accuracies), *agreeing]


def _read_curve(path: Path) -> dict[str, list[float | None]]:
    """Read the columns of a learning curve; empty cells become None, which charts leave out."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return {name: [float(row[name]) if row[name] else None for row in rows] for name in reader.fieldnames}


def _read_json(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))

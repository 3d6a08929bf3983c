"""All that the report says of the data and the results: the same run gives the same contents."""

import csv
import json
from pathlib import Path

import numpy as np

from letterpress.storage.prepared import Arrays
from letterpress.report import charts
from letterpress.report.member_agreement import agreement, by_number, collect_votes
from letterpress.evaluation.calibration import reliability
from letterpress.report.look_alikes import confusables
from letterpress.report.worst_errors import worst_errors
from letterpress.evaluation.evaluation import judged_unseen
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions


def collect(
    params: dict,
    ensemble: EnsemblePredictions,
    members: dict[str, MemberPredictions],
    train: Arrays,
    holdout: np.ndarray,
    classes: list[str],
) -> dict:
    """Gather parameters, figures, charts and errors; the metrics' files are read from metrics/."""
    data = _read_json("metrics/data.json")
    indices, probabilities = judged_unseen(ensemble, holdout)
    labels, predicted = train.labels[indices], probabilities.argmax(axis=1)
    return {
        "params": params,
        "data": data,
        "ensemble": _read_json("metrics/ensemble.json"),
        "members": {key: _read_json(f"metrics/members/{key}.json") for key in members},
        "charts": [
            *_curves(list(members)),
            *_judged(probabilities, labels),
            *_members(members, holdout, train.labels),
            charts.class_balance(data["balance"]),
        ],
        "confusion": {"classes": classes, "counts": count_pairs(labels, predicted, len(classes))},
        "confusables": confusables(predicted, labels, classes) if len(labels) else [],
        "worst": worst_errors(train, indices, probabilities, classes),
    }


def count_pairs(labels: np.ndarray, predicted: np.ndarray, n_classes: int) -> list[list[int]]:
    """How many images of each true class, a row, got each answer, a column."""
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (labels, predicted), 1)
    return counts.tolist()


def _curves(keys: list[str]) -> list[dict]:
    histories = {key: _history(Path(f"metrics/curves/{key}.csv")) for key in keys}
    return [charts.learning_curves(histories)] if any(history["epoch"] for history in histories.values()) else []


def _judged(probabilities: np.ndarray, labels: np.ndarray) -> list[dict]:
    return [charts.reliability(reliability(probabilities, labels))] if len(labels) else []


def _members(members: dict[str, MemberPredictions], holdout: np.ndarray, labels: np.ndarray) -> list[dict]:
    """What several members have in common, where there are several with images enough."""
    votes = collect_votes(list(members.values()), holdout, labels)
    accuracies = by_number(votes)
    if len(accuracies) < 2:
        return []
    shares = agreement(votes)
    shared = any(share is not None for i, row in enumerate(shares) for share in row[:i])
    agreeing = [charts.agreement(list(members), shares)] if shared else []
    return [charts.number_of_members(accuracies), *agreeing]


def _history(path: Path) -> dict[str, list[float | None]]:
    """Columns of a learning curve; empty cells become None, which charts leave out."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return {name: [float(row[name]) if row[name] else None for row in rows] for name in reader.fieldnames}


def _read_json(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))

"""All that the report says of the data and the results: the same run gives the same contents."""

import csv
import json
from pathlib import Path

import numpy as np

from letterpress.dataset.arrays import Arrays
from letterpress.results import figures
from letterpress.results.evaluation import judged_unseen
from letterpress.results.judgements import EnsembleJudgement
from letterpress.results.thumbnails import data_url

WORST = 60  # errors shown


def collect(
    params: dict, ensemble: EnsembleJudgement, train: Arrays, holdout: np.ndarray, classes: list[str]
) -> dict:
    """Gather parameters, metrics, charts and the worst errors; the metrics' files are read from metrics/."""
    data = _read_json("metrics/data.json")
    keys = list(params["ensemble"]["members"])
    indices, probabilities = judged_unseen(ensemble, holdout)
    labels = train.labels[indices]
    histories = {key: _history(Path(f"metrics/curves/{key}.csv")) for key in keys}
    charts = {}
    if any(history["epoch"] for history in histories.values()):
        charts["Learning curves"] = figures.learning_curves(histories)
    if len(labels):
        charts["Confusion matrix"] = figures.confusion_matrix(labels, probabilities.argmax(axis=1), classes)
    charts["Images by class"] = figures.class_balance(data["balance"])
    return {
        "params": params,
        "data": data,
        "ensemble": _read_json("metrics/ensemble.json"),
        "members": {key: _read_json(f"metrics/members/{key}.json") for key in keys},
        "charts": charts,
        "worst": worst_errors(train, indices, probabilities, classes),
    }


def worst_errors(train: Arrays, indices: np.ndarray, probabilities: np.ndarray, classes: list[str]) -> list[dict]:
    """The wrong answers with the widest gap between the predicted and the true class's probability."""
    rows = np.arange(len(indices))
    labels, predicted = train.labels[indices], probabilities.argmax(axis=1)
    gaps = probabilities[rows, predicted] - probabilities[rows, labels]
    order = [row for row in np.argsort(-gaps, kind="stable") if predicted[row] != labels[row]][:WORST]
    return [
        {
            "id": str(train.ids[indices[row]]),
            "true": classes[labels[row]],
            "predicted": classes[predicted[row]],
            "probability": round(float(probabilities[row, predicted[row]]), 4),
            "probability_of_true": round(float(probabilities[row, labels[row]]), 4),
            "image": data_url(train.images[indices[row]]),
        }
        for row in order
    ]


def _history(path: Path) -> dict[str, list[float]]:
    """Columns of a learning curve; empty cells become NaN, which charts leave out."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return {name: [float(row[name] or "nan") for row in rows] for name in reader.fieldnames}


def _read_json(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))

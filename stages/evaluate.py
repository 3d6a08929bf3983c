"""Score members and ensemble: metrics/ensemble.json, metrics/members/ and metrics/confusion.csv.

python stages evaluate
"""

from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.ensemble import MemberConfig
from letterpress.evaluation import confusion
from letterpress.evaluation.evaluation import (
    evaluate_context,
    evaluate_ensemble,
    evaluate_member,
    judged_unseen,
    summarise_members,
)
from letterpress.infrastructure.files import atomic_write, load_arrays, write_json
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import ALONE, WHOLE_PHOTOGRAPHS, load_ensemble, load_members


def main() -> None:
    keys = list(loader.load(dict[str, MemberConfig], "ensemble.members"))
    train, test, classes = arrays.load("train"), arrays.load("test"), arrays.load_classes()
    holdout = load_arrays(f"data/splits/{keys[0]}.npz")["holdout"]
    ensemble = load_ensemble()
    judged = load_members(keys)
    members = {key: evaluate_member(member, train, holdout, classes) for key, member in judged.items()}
    figures = evaluate_ensemble(ensemble, train, test, holdout, classes)
    if WHOLE_PHOTOGRAPHS.exists():
        whole = load_arrays(WHOLE_PHOTOGRAPHS)["oof"]
        figures |= evaluate_context(load_ensemble(ALONE), whole, train, test, holdout, classes)
    validation = summarise_members(members)
    write_json("metrics/ensemble.json", ({"validation": validation} if validation else {}) | figures)
    with atomic_write("metrics/members") as folder:
        for key, member in members.items():
            write_json(Path(folder, f"{key}.json"), member)
    indices, probabilities = judged_unseen(ensemble, holdout)
    confusion.save(train.labels[indices], probabilities.argmax(axis=1), classes, Path("metrics/confusion.csv"))
    shown = [f"{part} {figures[part]['accuracy']:.4f}" for part in ("holdout", "oof", "test") if part in figures]
    print(f"metrics/ensemble.json: accuracy {', '.join(shown)}")

"""Evaluate the members and the ensemble.

Reads the labels, data/splits/holdout.npy, all predictions and the temperature; writes
metrics/ensemble.json, metrics/details.json and metrics/confusion.csv.

python stages evaluate
"""

from letterpress.configuration.params import Params
from letterpress.evaluation.confusion import confusion_csv
from letterpress.evaluation.evaluation import PARTS, compute_details, load_targets, summarize_details
from letterpress.infrastructure.files import write_json, write_text
from letterpress.storage.predictions import GROUPED_BY_PHOTO, WITHOUT_CONTEXT, load_members, load_predictions
from letterpress.storage.temperature import load_temperatures


def main(params: Params) -> None:
    targets, final, members = load_targets(), load_predictions(), load_members(list(params.ensemble.members))
    context = {}
    if GROUPED_BY_PHOTO.exists():
        compared = {"without_context": WITHOUT_CONTEXT, "grouped_by_photo": GROUPED_BY_PHOTO}
        context = {name: load_predictions(path) for name, path in compared.items()}
    details = compute_details(final, members, targets, context, load_temperatures()["final"].temperature)
    write_json("metrics/details.json", details)
    write_json("metrics/ensemble.json", summarize_details(details))
    write_text("metrics/confusion.csv", confusion_csv(*targets.out_of_sample(final), targets.classes))
    accuracies = [f"{part} {details[part]['accuracy']:.4f}" for part in PARTS if part in details]
    print(f"metrics/ensemble.json: accuracy {', '.join(accuracies)}")

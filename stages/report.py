"""Write the report page.

Reads data/prepared/, all predictions, metrics/ and the parameters; writes
report/contents.json, all of the page that does not vary between runs, report/errors.csv and report/index.html. Also
writes metrics/learning_curves.csv, which DVC does not restore with the trainings in its run cache.

python stages report
"""

from dataclasses import asdict

from letterpress.configuration.loader import read_yaml
from letterpress.configuration.params import Params
from letterpress.evaluation.errors import errors_csv, find_errors
from letterpress.infrastructure.files import load_arrays, write_json, write_text
from letterpress.infrastructure.run_metadata import read_runs
from letterpress.report.augmentation_examples import augmentation_examples
from letterpress.report.examples import ContextChange, context_examples
from letterpress.report.overview import collect_overview
from letterpress.report.report_data import Results, collect_contents, counted_part
from letterpress.report.report_html import render_page
from letterpress.storage.gone_members import leave_aside
from letterpress.storage.predictions import NEIGHBORS, WITHOUT_CONTEXT, load_members, load_predictions
from letterpress.storage.prepared import load_classes, load_split
from letterpress.storage.temperature import load_temperatures
from letterpress.training.csv_log import CURVES, merge_curves


def main(params: Params) -> None:
    sections = {name: section for name, section in read_yaml().items() if name not in ("gate", "cluster")}
    leave_aside(CURVES, params.ensemble.members)
    merge_curves(params.ensemble.members)
    members, final = load_members(list(params.ensemble.members)), load_predictions()
    labelled, classes = load_split("labelled"), load_classes()
    errors = find_errors(final, members, labelled.labels)
    temperature = load_temperatures()["final"].temperature
    contents = collect_contents(sections, Results(final, members, temperature, errors, labelled, classes))
    contents["baseline"] = params.baseline and asdict(params.baseline)
    change = None
    if NEIGHBORS.exists():
        change = ContextChange(load_predictions(WITHOUT_CONTEXT), final, load_arrays(NEIGHBORS)["indices"])
    contents["context_examples"] = context_examples(change, labelled, load_split("test"), classes)
    write_json("report/contents.json", contents)
    write_text("report/errors.csv", errors_csv(errors, final, labelled, classes))
    runs = read_runs([*members, *sections["pretrain"]["networks"]])
    overview = collect_overview(params.ensemble.members, runs, counted_part(contents["details"]))
    augmented = augmentation_examples(labelled.images, params.aug)
    write_text("report/index.html", render_page(contents, overview, augmented))
    print("report/index.html")

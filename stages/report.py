"""Write the report page.

Reads data/prepared/, all predictions, metrics/ and the parameters; writes
report/contents.json, all of the page that does not vary between runs, and report/index.html. Also writes
metrics/learning_curves.csv, which DVC does not restore with the trainings in its run cache.

python stages report
"""

from dataclasses import asdict

from letterpress.configuration.loader import read_yaml
from letterpress.configuration.params import Params
from letterpress.infrastructure.files import load_arrays, write_json, write_text
from letterpress.infrastructure.run_metadata import read_runs
from letterpress.report.augmentation_examples import augmentation_examples
from letterpress.report.examples import ContextChange, context_examples
from letterpress.report.report_data import collect_contents
from letterpress.report.report_html import render_page
from letterpress.storage.gone_members import leave_aside
from letterpress.storage.predictions import NEIGHBORS, WITHOUT_CONTEXT, load_members, load_predictions
from letterpress.storage.prepared import load_classes, load_split
from letterpress.training.csv_log import CURVES, merge_curves


def main(params: Params) -> None:
    sections = {name: section for name, section in read_yaml().items() if name not in ("gate", "cluster")}
    leave_aside(CURVES, params.ensemble.members)
    merge_curves(params.ensemble.members)
    members, final = load_members(list(params.ensemble.members)), load_predictions()
    labelled, classes = load_split("labelled"), load_classes()
    contents = collect_contents(sections, final, members, labelled, classes)
    contents["baseline"] = params.baseline and asdict(params.baseline)
    change = None
    if NEIGHBORS.exists():
        change = ContextChange(load_predictions(WITHOUT_CONTEXT), final, load_arrays(NEIGHBORS)["indices"])
    contents["context_examples"] = context_examples(change, labelled, load_split("test"), classes)
    write_json("report/contents.json", contents)
    runs = read_runs([*members, *sections["pretrain"]["networks"]])
    write_text("report/index.html", render_page(contents, runs, augmentation_examples(labelled.images, params.aug)))
    print("report/index.html")

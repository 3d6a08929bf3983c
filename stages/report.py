"""Write the page report/index.html, and report/contents.json with all of it that does not vary.

python stages report
"""

from letterpress.configuration import loader
from letterpress.configuration.training import AugmentationConfig
from letterpress.infrastructure import run_metadata as runs
from letterpress.infrastructure.files import load_arrays, write_json, write_text
from letterpress.report.augmentation_examples import sheet
from letterpress.report.context_examples import Change, corrections
from letterpress.report.report_data import collect
from letterpress.report.report_html import render
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import ALONE, SIBLINGS, load_ensemble, load_members

SECTIONS = ("baseline", "dataset", "image", "split", "aug", "train", "pretrain", "predict", "ensemble", "context")


def main() -> None:
    whole = loader.read_yaml()
    params = {section: whole[section] for section in SECTIONS}
    keys = list(params["ensemble"]["members"])
    holdout = load_arrays(f"data/splits/{keys[0]}.npz")["holdout"]
    ensemble, train, classes = load_ensemble(), arrays.load("train"), arrays.load_classes()
    contents = collect(params, ensemble, load_members(keys), train, holdout, classes)
    change = None
    if SIBLINGS.exists():
        change = Change(load_ensemble(ALONE).oof, ensemble.oof, load_arrays(SIBLINGS)["indices"])
    contents["corrections"] = corrections(change, train, arrays.load("test"), classes)
    write_json("report/contents.json", contents)
    augmented = sheet(train.images, loader.load(AugmentationConfig, "aug"))
    notes = runs.recorded([*keys, *params["pretrain"]["networks"]])
    write_text("report/index.html", render(contents, notes, augmented))
    print("report/index.html")

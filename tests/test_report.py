"""The report page: complete, escaped, and in need of nothing from outside."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from letterpress.datasets.description import describe
from letterpress.evaluation.evaluation import evaluate_ensemble, evaluate_member
from letterpress.infrastructure.files import write_json
from letterpress.report.context_examples import Change, corrections
from letterpress.report.report_data import collect
from letterpress.report.report_html import kinds, render
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions
from letterpress.storage.prepared import Arrays
from letterpress.training import csv_log as curves

CLASSES = ["<script>", "$x$", 'a&"b']
NOBODY = np.empty(0, np.int32)
MACHINE = {"processor": "Z80 <fast>", "cores": 1, "memory_gb": None, "versions": {"python": "3.11"}}
RUN = {"seconds": 12.34, "peak_memory_mb": 64, "machine": MACHINE}
RUNS = {"fetch": RUN, "train@m0": {**RUN, "precision": "bfloat16", "images_per_second": 321}}
ROW = {"epoch": 1, "learning_rate": 0.1, "loss": 1.0, "accuracy": 0.25}


PUBLISHED = {
    "accuracy": {"all": 0.9, "n": 0.8},
    "of": "member",
    "evaluated_on": "<their> test split",
    "compute": None,
    "source": "Somebody (2016)",
    "reduced": None,
}
SHEET = [["data:image/png;base64,AA==", "data:image/png;base64,AAA="]]


class Page(HTMLParser):
    """A page's texts, tags and attributes, as a browser would take them, and what its scripts hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.texts, self.scripts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        inside = self.tags[-1:] == ["script"] and self.cdata_elem == "script"
        (self.scripts if inside else self.texts).append(" ".join(data.split()))

    @property
    def embedded(self) -> dict:
        """What the page's script reads."""
        return json.loads(self.scripts[1])


def images(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 5, 5), dtype=np.uint8)


def arrays(labels: list[int] | None, n: int) -> Arrays:
    known = None if labels is None else np.array(labels, np.int32)
    return Arrays(images(n), np.array([f"<i>{i}" for i in range(n)]), np.full((n, 2), 5, np.int32), known)


TRAIN = arrays([0, 1, 2, 0, 1, 2], 6)
CHANCES = np.array(
    [[0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.3, 0.5], [0, 0, 0], [0, 0, 0], [0, 0, 0]], np.float32
)  # out of fold: wrong by 0.8, wrong by 0.2, right
JUDGES = np.array([1, 1, 1, 0, 0, 0], np.int32)
HOLDOUT = np.array([3, 4], np.int32)
OF_HOLDOUT = np.array([[0.05, 0, 0.95], [0, 1, 0]], np.float32)  # wrong by 0.9, right
OF_TEST = np.array([[0, 0, 1], [0, 1, 0]], np.float32)
EVERYTHING = (EnsemblePredictions(CHANCES, JUDGES, OF_HOLDOUT, OF_TEST), arrays([2, 0], 2), HOLDOUT)
HOLDOUT_ONLY = (replace(EVERYTHING[0], judges=np.zeros(6, np.int32)), arrays(None, 2), HOLDOUT)
NOTHING = (
    EnsemblePredictions(np.zeros((6, 3), np.float32), np.zeros(6, np.int32), OF_HOLDOUT[:0], OF_TEST),
    arrays(None, 2),
    NOBODY,
)


@pytest.fixture
def contents(tmp_path, monkeypatch):
    """Collects the contents of a run as its stages leave it in metrics/."""
    monkeypatch.chdir(tmp_path)

    def collected(
        ensemble: EnsemblePredictions,
        test: Arrays,
        holdout: np.ndarray,
        epochs: int = 2,
        change: Change | None = None,
    ) -> dict:
        validation = np.flatnonzero(ensemble.judges).astype(np.int32)
        member = MemberPredictions(validation, ensemble.oof[validation], ensemble.holdout, ensemble.test)
        write_json("metrics/data.json", describe(TRAIN, test, CLASSES))
        write_json("metrics/ensemble.json", evaluate_ensemble(ensemble, TRAIN, test, holdout, CLASSES))
        write_json("metrics/members/m0.json", evaluate_member(member, TRAIN, holdout, CLASSES))
        known = {"validation_loss": 1.0, "validation_accuracy": 0.5} if len(validation) else {}
        rows = [{**ROW, **known, "epoch": 1 + epoch} for epoch in range(epochs)]
        curves.save(rows, Path("metrics/curves/m0.csv"))
        members = {"m0": {"network": "vgg_bn"}}
        params = {"dataset": {"name": "<b>letters"}, "ensemble": {"members": members}, "baseline": PUBLISHED}
        changes = corrections(change, TRAIN, test, CLASSES)
        return collect(params, ensemble, {"m0": member}, TRAIN, holdout, CLASSES) | {"corrections": changes}

    return collected


def page_of(collected: dict, runs: dict) -> str:
    return render(collected, runs, SHEET)


def titles(collected: dict) -> list[str]:
    return [chart["title"] for chart in collected["charts"]]


def test_the_page_shows_accuracies_charts_and_parameters(contents):
    collected = contents(*EVERYTHING)
    page = Page(page_of(collected, RUNS))
    assert titles(collected) == ["Learning curves", "Calibration", "Images by class"]
    assert {*titles(collected), "Scores", "Confusions", "Worst errors", "Data", "Augmented images"} <= set(page.texts)
    for part, accuracy in {"hold-out": "50.00%", "out of fold": "33.33%", "test images": "50.00%"}.items():
        assert page.texts[page.texts.index(part) - 1] == accuracy
    assert [value for name, value in page.attributes if name == "data-chart"] == ["0", "1", "2"]
    assert len(page.embedded["charts"]) == 3
    assert any("net: vgg_bn" in text for text in page.texts)


def test_what_was_published_stands_beside(contents):
    texts = Page(page_of(contents(*EVERYTHING), RUNS)).texts
    note = "Somebody (2016); <their> test split"
    assert texts[texts.index("baseline") - 1 : texts.index("baseline") + 2] == ["90.00%", "baseline", note]
    assert texts[texts.index("published, n") - 1] == "80.00%"


def test_names_are_escaped(contents):
    page = Page(page_of(contents(*EVERYTHING), RUNS))
    assert page.tags.count("script") == 3
    assert "i" not in page.tags
    assert {"<b>letters", "<b>letters · Letterpress"} <= set(page.texts)
    assert {*CLASSES, "Z80 <fast>"} <= set(page.texts)
    assert ("title", "image <i>3") in page.attributes
    assert ("alt", '<script> taken for a&"b') in page.attributes
    assert page.embedded["classes"] == CLASSES
    assert "<" not in page.scripts[1]


def test_the_page_refers_to_nothing_outside(contents):
    text = page_of(contents(*EVERYTHING), RUNS)
    page = Page(text)
    references = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert references
    assert all(value.startswith(("data:image/png;base64,", "data:,")) for value in references)
    assert {"iframe", "base"}.isdisjoint(page.tags)
    assert re.findall(r"url\(|@import", text.replace(get_plotlyjs(), "")) == []


def test_errors_can_be_chosen_by_their_pair(contents):
    page = Page(page_of(contents(*EVERYTHING), RUNS))
    pairs = {value for name, value in page.attributes if name == "data-pair"}
    assert pairs == {'<script>\ta&"b', "<script>\t$x$", "$x$\t<script>"}
    assert pairs <= {value for name, value in page.attributes if name == "value"}
    assert "<script> taken for $x$ (1)" in page.texts


def test_a_run_without_anything_to_score_has_a_page(contents):
    collected = contents(*NOTHING)
    assert titles(collected) == ["Learning curves", "Images by class"]
    assert collected["worst"] == collected["confusables"] == []
    page = Page(page_of(collected, {}))
    assert "Learning curves" in page.texts
    assert {"hold-out", "out of fold", "Worst errors"}.isdisjoint(page.texts)


def test_a_run_without_validation_figures_has_a_page_of_its_holdout(contents):
    collected = contents(*HOLDOUT_ONLY)
    assert [error["id"] for error in collected["worst"]] == ["<i>3"]
    page = Page(page_of(collected, RUNS))
    assert {"Scores", "Learning curves", "Confusions", "hold-out", "m0, holdout"} <= set(page.texts)
    assert {"out of fold", "m0, validation"}.isdisjoint(page.texts)
    assert page.texts[page.texts.index("hold-out") - 1] == "50.00%"


def test_a_run_without_any_epoch_has_no_learning_curves(contents):
    collected = contents(*EVERYTHING, epochs=0)
    assert Path("metrics/curves/m0.csv").read_text().splitlines() == [",".join(curves.COLUMNS)]
    assert titles(collected) == ["Calibration", "Images by class"]
    assert "Learning curves" not in Page(page_of(collected, RUNS)).texts
    write_json("contents.json", collected)


def test_the_confusion_matrix_counts_pairs(contents):
    assert contents(*EVERYTHING)["confusion"] == {"classes": CLASSES, "counts": [[0, 1, 1], [1, 1, 0], [0, 0, 1]]}


@pytest.mark.parametrize(
    ("classes", "choices"),
    [(["1", "A", "a"], ["digits", "upper case", "lower case"]), (["n/1", "n/2", "v/a"], ["group n", "group v"])],
)
def test_the_confusion_matrix_can_be_narrowed(classes, choices):
    assert kinds(classes) == choices


def test_the_contents_are_the_same_twice_and_json(contents):
    first, second = contents(*EVERYTHING), contents(*EVERYTHING)
    assert first == second
    write_json("contents.json", first)


def test_contents_without_validation_are_json_too(contents):
    write_json("contents.json", contents(*NOTHING))


def test_seconds_speed_and_memory_of_each_stage_are_shown(contents):
    texts = Page(page_of(contents(*EVERYTHING), RUNS)).texts
    row = texts.index("train@m0")
    assert [text for text in texts[row : row + 5] if text] == ["train@m0", "12.3", "64", "bfloat16", "321"]


def test_each_machine_is_shown_once(contents):
    other = {**RUN, "machine": {**MACHINE, "processor": "6502"}}
    texts = Page(page_of(contents(*EVERYTHING), {**RUNS, "predict@m0": other})).texts
    assert (texts.count("Z80 <fast>"), texts.count("6502")) == (1, 1)


# Picture 0 is put right, picture 1 is put wrong, picture 2 stays; 6 and 7 are the test images.
CHANGE = Change(
    CHANCES,
    np.array([[0.7, 0.3, 0], [0.9, 0.1, 0], [0.2, 0.3, 0.5], [0, 0, 0], [0, 0, 0], [0, 0, 0]], np.float32),
    np.array([[1, 7], [0, 2], [0, 1], [0, 1], [0, 1], [0, 1]], np.int32),
)


def test_changed_answers_are_shown_with_their_siblings():
    wrong_before = replace(CHANGE, alone=np.array([*CHANCES[:1], [0.4, 0.6, 0], *CHANCES[2:]], np.float32))
    found = corrections(wrong_before, TRAIN, arrays(None, 2), CLASSES)
    assert [(change["id"], change["true"], change["alone"], change["final"]) for change in found["better"]] == [
        ("<i>0", "<script>", "$x$", "<script>")
    ]
    assert [(change["id"], change["true"], change["alone"], change["final"]) for change in found["worse"]] == [
        ("<i>1", "$x$", "$x$", "<script>")
    ]
    assert [sibling["class"] for sibling in found["better"][0]["n_neighbors"]] == ["$x$", None]
    assert found["better"][0]["n_neighbors"][0]["image"] == found["worse"][0]["image"]


def test_the_page_shows_what_siblings_changed_and_else_says_nothing_of_it(contents):
    page = Page(page_of(contents(*EVERYTHING, change=CHANGE), RUNS))
    assert {"What siblings changed", "For the better"} <= set(page.texts)
    assert "For the worse" not in page.texts
    assert ("alt", "sibling without label") in page.attributes
    assert page.tags.count("script") == 3
    assert "What siblings changed" not in Page(page_of(contents(*EVERYTHING), RUNS)).texts

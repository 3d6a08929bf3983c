"""The report page: complete, escaped, and in need of nothing from outside."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letterpress.dataset.arrays import Arrays
from letterpress.dataset.description import describe
from letterpress.files import write_json
from letterpress.members import curves
from letterpress.results import figures
from letterpress.results.contents import WORST, collect, worst_errors
from letterpress.results.corrections import Change, corrections
from letterpress.results.evaluation import evaluate_ensemble, evaluate_member
from letterpress.results.judgements import EnsembleJudgement, MemberJudgement
from letterpress.results.page import render

CLASSES = ["<script>", "$x$", 'a&"b']
NOBODY = np.empty(0, np.int32)
MACHINE = {"processor": "Z80 <fast>", "cores": 1, "memory_gb": None, "versions": {"python": "3.11"}}
RUN = {"seconds": 12.34, "peak_memory_mb": 64, "machine": MACHINE}
RUNS = {"fetch": RUN, "train@m0": {**RUN, "precision": "bfloat16", "images_per_second": 321}}
ROW = {"epoch": 1, "learning_rate": 0.1, "loss": 1.0, "accuracy": 0.25}


class Page(HTMLParser):
    """A page's texts, tags and attributes, as a browser would take them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data.strip())


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
EVERYTHING = (EnsembleJudgement(CHANCES, JUDGES, OF_HOLDOUT, OF_TEST), arrays([2, 0], 2), HOLDOUT)
HOLDOUT_ONLY = (replace(EVERYTHING[0], judges=np.zeros(6, np.int32)), arrays(None, 2), HOLDOUT)
NOTHING = (
    EnsembleJudgement(np.zeros((6, 3), np.float32), np.zeros(6, np.int32), OF_HOLDOUT[:0], OF_TEST),
    arrays(None, 2),
    NOBODY,
)


@pytest.fixture
def contents(tmp_path, monkeypatch):
    """Collects the contents of a run as its stages leave it in metrics/."""
    monkeypatch.chdir(tmp_path)

    def collected(
        ensemble: EnsembleJudgement, test: Arrays, holdout: np.ndarray, epochs: int = 2, change: Change | None = None
    ) -> dict:
        validation = np.flatnonzero(ensemble.judges).astype(np.int32)
        member = MemberJudgement(validation, ensemble.oof[validation], ensemble.holdout, ensemble.test)
        write_json("metrics/data.json", describe(TRAIN, test, CLASSES))
        write_json("metrics/ensemble.json", evaluate_ensemble(ensemble, TRAIN, test, holdout, CLASSES))
        write_json("metrics/members/m0.json", evaluate_member(member, TRAIN, holdout, CLASSES))
        known = {"validation_loss": 1.0, "validation_accuracy": 0.5} if len(validation) else {}
        rows = [{**ROW, **known, "epoch": 1 + epoch} for epoch in range(epochs)]
        curves.save(rows, Path("metrics/curves/m0.csv"))
        params = {"dataset": {"name": "<b>letters"}, "ensemble": {"members": {"m0": {"net": "vgg_bn"}}}}
        changes = corrections(change, TRAIN, test, CLASSES)
        return collect(params, ensemble, TRAIN, holdout, CLASSES) | {"corrections": changes}

    return collected


def test_the_page_shows_accuracies_charts_and_parameters(contents):
    page = Page(render(contents(*EVERYTHING), RUNS))
    headings = ["Scores", "Learning curves", "Confusion matrix", "Images by class", "Worst errors", "Data"]
    assert set(headings) <= set(page.texts)
    for part, accuracy in {"hold-out": "50.00%", "out of fold": "33.33%", "test images": "50.00%"}.items():
        assert page.texts[page.texts.index(part) - 1] == accuracy
    assert page.tags.count("svg") == 3
    assert any("net: vgg_bn" in text for text in page.texts)


def test_names_are_escaped(contents):
    text = render(contents(*EVERYTHING), RUNS)
    page = Page(text)
    assert "script" not in page.tags
    assert "i" not in page.tags
    assert {"<b>letters", "<b>letters · Letterpress"} <= set(page.texts)
    assert {*CLASSES, "Z80 <fast>"} <= set(page.texts)
    assert ("title", "image <i>3") in page.attributes
    assert ("alt", '<script> taken for a&"b') in page.attributes


def test_the_page_refers_to_nothing_outside(contents):
    text = render(contents(*EVERYTHING), RUNS)
    page = Page(text)
    references = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert references
    assert all(value.startswith(("data:image/png;base64,", "#")) for value in references)
    assert {"link", "script", "iframe", "base"}.isdisjoint(page.tags)
    assert re.findall(r"url\((?!#)|@import", text) == []
    assert {
        value for name, value in page.attributes if "//" in (value or "") and not name.startswith("xmlns")
    } == set()


def test_a_run_without_anything_to_score_has_a_page(contents):
    collected = contents(*NOTHING)
    assert "Confusion matrix" not in collected["charts"]
    assert collected["worst"] == []
    page = Page(render(collected, {}))
    assert "Learning curves" in page.texts
    assert {"hold-out", "out of fold"}.isdisjoint(page.texts)


def test_a_run_without_validation_figures_has_a_page_of_its_holdout(contents):
    collected = contents(*HOLDOUT_ONLY)
    assert [error["id"] for error in collected["worst"]] == ["<i>3"]
    page = Page(render(collected, RUNS))
    assert {"Scores", "Learning curves", "Confusion matrix", "hold-out", "m0, holdout"} <= set(page.texts)
    assert {"out of fold", "m0, validation"}.isdisjoint(page.texts)
    assert page.texts[page.texts.index("hold-out") - 1] == "50.00%"


def test_a_run_without_any_epoch_has_no_learning_curves(contents):
    collected = contents(*EVERYTHING, epochs=0)
    assert Path("metrics/curves/m0.csv").read_text().splitlines() == [",".join(curves.COLUMNS)]
    assert list(collected["charts"]) == ["Confusion matrix", "Images by class"]
    page = Page(render(collected, RUNS))
    assert page.tags.count("svg") == 2
    assert "Learning curves" not in page.texts
    write_json("contents.json", collected)


def test_the_contents_are_the_same_twice_and_json(contents):
    first, second = contents(*EVERYTHING), contents(*EVERYTHING)
    assert first == second
    write_json("contents.json", first)


def test_contents_without_validation_are_json_too(contents):
    write_json("contents.json", contents(*NOTHING))


def test_worst_errors_come_by_the_gap_to_the_truth(contents):
    worst = contents(*EVERYTHING)["worst"]
    assert [(error["id"], error["true"], error["predicted"]) for error in worst] == [
        ("<i>3", "<script>", 'a&"b'),
        ("<i>0", "<script>", "$x$"),
        ("<i>1", "$x$", "<script>"),
    ]
    assert [(error["probability"], error["probability_of_true"]) for error in worst] == [
        (0.95, 0.05),
        (0.9, 0.1),
        (0.6, 0.4),
    ]


def test_a_worst_error_shows_its_very_image(contents):
    kind, _, encoded = contents(*EVERYTHING)["worst"][0]["image"].partition(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(encoded))), TRAIN.images[3])


def test_only_so_many_of_the_worst_errors_are_shown():
    many = arrays([0] * 100, 100)
    gaps = np.linspace(0.51, 0.99, 100, dtype=np.float32)
    worst = worst_errors(many, np.arange(100), np.stack([1 - gaps, gaps, 0 * gaps], axis=1), CLASSES)
    assert [error["id"] for error in worst] == [f"<i>{i}" for i in range(99, 99 - WORST, -1)]


def test_a_wrong_answer_without_a_gap_is_an_error():
    many = arrays([0] * 100 + [1], 101)
    certain = np.tile(np.array([1, 0, 0], np.float32), (101, 1))
    certain[100] = [0.5, 0.5, 0]
    assert [error["id"] for error in worst_errors(many, np.arange(101), certain, CLASSES)] == ["<i>100"]


def test_seconds_speed_and_memory_of_each_stage_are_shown(contents):
    texts = Page(render(contents(*EVERYTHING), RUNS)).texts
    row = texts.index("train@m0")
    assert [text for text in texts[row : row + 5] if text] == ["train@m0", "12.3", "64", "bfloat16", "321"]


def test_each_machine_is_shown_once(contents):
    other = {**RUN, "machine": {**MACHINE, "processor": "6502"}}
    texts = Page(render(contents(*EVERYTHING), {**RUNS, "predict@m0": other})).texts
    assert (texts.count("Z80 <fast>"), texts.count("6502")) == (1, 1)


HISTORY = {"epoch": [1.0, 2.0], "accuracy": [0.5, 0.75], "validation_accuracy": [0.5, 0.625]}
CHARTS = {
    "learning curves": lambda: figures.learning_curves({"m0": HISTORY, "m1": HISTORY}),
    "confusion matrix": lambda: figures.confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), CLASSES),
    "class balance": lambda: figures.class_balance(dict.fromkeys(CLASSES, 3)),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_the_same_text_twice(name):
    assert CHARTS[name]() == CHARTS[name]()
    assert CHARTS[name]().startswith("<svg")


@pytest.mark.parametrize("name", ["confusion matrix", "class balance"])
def test_charts_take_class_names_as_they_are(name):
    assert set(CLASSES) <= set(Page(CHARTS[name]()).texts)


def test_a_class_name_is_no_formula():
    assert r"$\frac$" in Page(figures.class_balance({r"$\frac$": 1})).texts


def test_a_members_name_may_begin_with_an_underscore():
    assert "_m" in Page(figures.learning_curves({"_m": HISTORY})).texts


def test_curves_without_validation_are_drawn():
    nan = float("nan")
    assert "m0" in Page(figures.learning_curves({"m0": {**HISTORY, "validation_accuracy": [nan, nan]}})).texts


def test_too_many_classes_for_their_names_are_drawn_without():
    many = [f"c{i}" for i in range(figures.SHOWN_LABELS + 1)]
    assert "c0" not in Page(figures.class_balance(dict.fromkeys(many, 1))).texts
    assert "c0" in Page(figures.class_balance(dict.fromkeys(many[:-1], 1))).texts


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
    assert [sibling["class"] for sibling in found["better"][0]["siblings"]] == ["$x$", None]
    assert found["better"][0]["siblings"][0]["image"] == found["worse"][0]["image"]


def test_the_page_shows_what_siblings_changed_and_else_says_nothing_of_it(contents):
    page = Page(render(contents(*EVERYTHING, change=CHANGE), RUNS))
    assert {"What siblings changed", "For the better"} <= set(page.texts)
    assert "For the worse" not in page.texts
    assert ("alt", "sibling without label") in page.attributes
    assert "script" not in page.tags
    assert "What siblings changed" not in Page(render(contents(*EVERYTHING), RUNS)).texts

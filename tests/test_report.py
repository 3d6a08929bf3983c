"""The report page: complete, escaped, and independent of the network."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from letterpress.configuration.ensemble import MemberConfig
from letterpress.infrastructure.files import write_json
from letterpress.report.examples import ContextChange
from letterpress.report.overview import Overview, describe_networks, select_runs
from letterpress.report.report_html import cards, class_filters, render_page
from letterpress.storage.predictions import Predictions
from tests.predictions import make_predictions, make_split
from tests.reports import OVERVIEW, make_contents

CLASSES = ["<script>", "$x$", 'a&"b']
BASELINE = {
    "accuracy": {"all": 0.9, "n": 0.8},
    "of": "member",
    "evaluated_on": "<their> test split",
    "compute": None,
    "source": "Somebody (2016)",
    "reduced": None,
}
AUGMENTED = [["data:image/png;base64,AA==", "data:image/png;base64,AAA="]]
LABELLED, TEST = make_split([0, 1, 2, 0, 1, 2]), make_split([2, 0])
# Out of fold: wrong by 0.8, wrong by 0.2, correct; hold-out: wrong by 0.9, correct; then no vote; two test images.
OUT_OF_FOLD = [[0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.3, 0.5]]
OTHERS = [[0.05, 0, 0.95], [0, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 0]]
EVERYTHING = make_predictions([*OUT_OF_FOLD, *OTHERS])
HOLDOUT_ONLY = make_predictions([[0, 0, 0]] * 3 + OTHERS)
NOTHING = make_predictions([[0, 0, 0]] * 6 + OTHERS[3:])


class Page(HTMLParser):
    """A page's texts, tags and attributes as a browser parses them, and the content of its scripts."""

    def __init__(self, contents: dict, overview: Overview = OVERVIEW) -> None:
        super().__init__()
        self.tags, self.attributes, self.texts, self.scripts = [], [], [], []
        self.source = render_page(contents, overview, AUGMENTED)
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        inside = self.tags[-1:] == ["script"] and self.cdata_elem == "script"
        (self.scripts if inside else self.texts).append(" ".join(data.split()))

    @property
    def embedded(self) -> dict:
        """Return the data of the page's script."""
        return json.loads(self.scripts[1])

    def before(self, text: str) -> str:
        """Return the text before another."""
        return self.texts[self.texts.index(text) - 1]


@pytest.fixture
def contents(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(final: Predictions = EVERYTHING, test=TEST, **options) -> dict:
        return make_contents(final, {"m0": final}, LABELLED, test, CLASSES, baseline=BASELINE, **options)

    return make


def titles(collected: dict) -> list[str]:
    return [chart["title"] for chart in collected["charts"]]


def test_the_page_shows_accuracies_charts_and_parameters(contents):
    collected = contents()
    page = Page(collected)
    assert titles(collected) == ["Learning curves", "Accuracy by images answered", "Calibration", "Images by class"]
    headings = {"Metrics", "Confusions", "Worst errors", "Data", "Augmented images", "Parameters"}
    assert {*titles(collected), *headings, "out of fold", "number of votes"} <= set(page.texts)
    accuracies = [page.before(part) for part in ("hold-out: the figure that counts", "out of fold", "test images")]
    assert accuracies == ["50.00%", "33.33%", "50.00%"]
    assert [value for name, value in page.attributes if name == "data-chart"] == ["0", "1", "2", "3"]
    assert len(page.embedded["charts"]) == 4
    assert any("network: vgg_bn" in text for text in page.texts)


def test_the_baseline_is_shown_with_its_source(contents):
    page = Page(contents())
    assert (page.before("published"), page.before("published, n")) == ("90.00%", "80.00%")
    assert page.before("Somebody (2016); <their> test split") == "published"


def test_names_are_escaped(contents):
    page = Page(contents())
    assert page.tags.count("script") == 3
    assert "i" not in page.tags
    assert {"<b>letters", "<b>letters · Letterpress", *CLASSES, "Z80 <fast>"} <= set(page.texts)
    assert "<i>3" in page.texts
    assert ("alt", '<script> predicted as a&"b') in page.attributes
    assert page.embedded["classes"] == CLASSES
    assert "<" not in page.scripts[1]


def test_the_page_loads_nothing(contents):
    page = Page(contents())
    references = [value for name, value in page.attributes if name in ("src", "href", "xlink:href", "srcset")]
    assert references
    assert all(value.startswith(("data:image/png;base64,", "data:,")) for value in references)
    assert {"iframe", "base"}.isdisjoint(page.tags)
    assert re.findall(r"url\(|@import", page.source.replace(get_plotlyjs(), "")) == []


def test_errors_can_be_filtered_by_their_pair(contents):
    page = Page(contents())
    pairs = {value for name, value in page.attributes if name == "data-pair"}
    assert pairs == {'<script>\ta&"b', "<script>\t$x$", "$x$\t<script>"}
    assert pairs <= {value for name, value in page.attributes if name == "value"}
    assert "<script> predicted as $x$ (1)" in page.texts


def test_without_labelled_predictions_there_is_a_page(contents):
    collected = contents(NOTHING, make_split(None, 2))
    assert titles(collected) == ["Learning curves", "Images by class"]
    assert collected["worst"] == collected["look_alikes"] == []
    page = Page(collected)
    assert "Learning curves" in page.texts
    assert {"hold-out: the figure that counts", "out of fold", "Worst errors"}.isdisjoint(page.texts)


def test_without_validation_images_there_is_a_page_of_the_holdout(contents):
    collected = contents(HOLDOUT_ONLY, make_split(None, 2))
    assert [error["id"] for error in collected["worst"]] == ["<i>3"]
    page = Page(collected)
    assert {"Metrics", "Confusions", "hold-out: the figure that counts", "m0, hold-out"} <= set(page.texts)
    assert {"out of fold", "m0, validation"}.isdisjoint(page.texts)
    assert page.before("hold-out: the figure that counts") == "50.00%"


def test_without_epochs_there_are_no_learning_curves(contents):
    collected = contents(n_epochs=0)
    assert titles(collected) == ["Accuracy by images answered", "Calibration", "Images by class"]
    assert "Learning curves" not in Page(collected).texts


@pytest.mark.parametrize("final", [EVERYTHING, NOTHING])
def test_equal_inputs_give_equal_contents_in_json(contents, final):
    first = contents(final)
    assert first == contents(final)
    write_json("contents.json", first)


def test_the_confusion_matrix_counts_pairs(contents):
    assert contents()["confusion"] == {"classes": CLASSES, "counts": [[0, 1, 1], [1, 1, 0], [0, 0, 1]]}


@pytest.mark.parametrize(
    ("classes", "filters"),
    [(["1", "A", "a"], ["digits", "upper case", "lower case"]), (["n/1", "n/2", "v/a"], ["group n", "group v"])],
)
def test_the_confusion_matrix_can_be_filtered(classes, filters):
    assert class_filters(classes) == filters


def test_the_runs_own_stages_and_machine_are_shown(contents):
    texts = Page(contents()).texts
    row = texts.index("train@m0")
    assert [text for text in texts[row : row + 5] if text] == ["train@m0", "12.3", "64", "bfloat16", "321"]
    assert texts.count("Z80 <fast>") == 1
    assert any("restored or committed from another: predict@m0." in text for text in texts)
    assert {"tiny", "abc1234", "ensemble.onnx"} <= set(texts)
    assert any("with changes: 2 × vgg_bn (width 4); 0.4 minutes on Z80 <fast>, 1 cores." in text for text in texts)


def test_runs_are_in_the_dags_order_and_of_this_machine():
    here, there = ({"machine": {"cores": n, "versions": {"keras": n}}} for n in (2, 4))
    newer = {"machine": {"cores": 2, "versions": {"keras": 3}}}
    runs = {"evaluate": here, "fetch": there, "report": here, "submit": there, "train@m1": newer, "train@m0": here}
    shown, elsewhere = select_runs(runs, newer["machine"], ["fetch", "train", "evaluate", "report", "submit"])
    assert list(shown) == ["train@m1", "train@m0", "evaluate"]
    assert elsewhere == ["fetch"]


def test_equal_networks_are_counted():
    wide, narrow = (MemberConfig(network="vgg_bn", seed=0, kwargs={"width": width}) for width in (8, 4))
    plain = MemberConfig(network="nhcd", seed=0, kwargs={})
    members = {"a": wide, "b": narrow, "c": replace(wide, seed=1), "d": plain}
    assert describe_networks(members) == ["2 × vgg_bn (width 8)", "1 × vgg_bn (width 4)", "1 × nhcd"]


def test_the_first_figure_counts_and_is_compared_with_the_last_commit():
    details = {"test": {"accuracy": 0.5, "n": 100}, "oof": {"accuracy": 0.9, "n": 900}}
    assert cards(details, None, 0.88) == [
        ("90.00%", "out of fold: the figure that counts", "± 2.00 points (two standard errors), 900 images"),
        ("50.00%", "test images", "± 10.00 points (two standard errors), 100 images"),
        ("88.00%", "at the last commit", "+2.00 points since"),
    ]
    assert [title for _, title, _ in cards({"test": details["test"]}, BASELINE, 0.9)] == [
        "test images",
        "published",
        "published, n",
    ]


def test_changes_by_the_context_are_shown(contents):
    final = make_predictions([[0.7, 0.3, 0], *OUT_OF_FOLD[1:], *OTHERS])
    page = Page(contents(final, change=ContextChange(EVERYTHING, final, np.array([[1, 7]] * 8, np.int32))))
    assert {"Changed by the context", "Now correct"} <= set(page.texts)
    assert "Now wrong" not in page.texts
    assert ("alt", "neighbour without label") in page.attributes
    assert page.tags.count("script") == 3
    assert "Changed by the context" not in Page(contents()).texts

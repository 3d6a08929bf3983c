"""The report in a real browser: it draws, asks for nothing, complains of nothing, and its filters work."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.datasets.description import describe
from letterpress.evaluation.evaluation import evaluate_ensemble, evaluate_member
from letterpress.infrastructure.files import write_json, write_text
from letterpress.report.report_data import collect
from letterpress.report.report_html import render
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions
from letterpress.storage.prepared import Arrays
from letterpress.training import csv_log as curves
from tests.browser import chromium, watch

CLASSES = [*"0123456789ABCabc", "<img src=x onerror=alert(1)>"]
COUNT = 400
MACHINE = {"processor": "Z80", "cores": 1, "memory_gb": None, "versions": {"python": "3.11"}}
ROW = {"learning_rate": 0.1, "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page of made results, a tenth of the answers wrong."""
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    labels = np.arange(COUNT, dtype=np.int32) % len(CLASSES)
    answers = np.where(rng.random(COUNT) < 0.1, (labels + 1) % len(CLASSES), labels)
    chances = np.eye(len(CLASSES), dtype=np.float32)[answers] * 0.9 + 0.1 / len(CLASSES)
    images = rng.integers(0, 256, (COUNT, 8, 8), dtype=np.uint8)
    train = Arrays(images, np.arange(COUNT).astype(str), np.full((COUNT, 2), 8, np.int32), labels)
    test = replace(train, labels=None)
    holdout, nobody = np.arange(COUNT, dtype=np.int32), np.zeros(COUNT, np.int32)
    ensemble = EnsemblePredictions(np.zeros_like(chances), nobody, chances, chances[:0])
    member = MemberPredictions(holdout[:0], chances[:0], chances, chances[:0])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_json("metrics/data.json", describe(train, train, CLASSES))
        write_json("metrics/ensemble.json", evaluate_ensemble(ensemble, train, test, holdout, CLASSES))
        for key in ("m0", "m1"):
            write_json(f"metrics/members/{key}.json", evaluate_member(member, train, holdout, CLASSES))
            curves.save([{"epoch": epoch, **ROW} for epoch in (1, 2, 3)], folder / f"metrics/curves/{key}.csv")
        params = {"dataset": {"name": "letters"}, "baseline": None}
        contents = collect(params, ensemble, {"m0": member, "m1": member}, train, holdout, CLASSES)
    contents["corrections"] = {"better": [], "worse": []}
    run = {"seconds": 1.0, "peak_memory_mb": 64, "machine": MACHINE}
    write_text(folder / "index.html", render(contents, {"fetch": run}, [["data:,"]]))
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.mark.parametrize("look", [{"viewport": {"width": 390, "height": 800}}, {"color_scheme": "dark"}])
def test_it_draws_every_chart_and_asks_for_nothing(browser, report, look):
    page = browser.new_page(**look)
    wrong, asked = watch(page)
    page.goto(report.as_uri())
    page.wait_for_function("document.querySelectorAll('.chart .main-svg').length >= 3 * 6")
    assert (wrong, asked) == ([], [report.as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_a_name_with_markup_is_harmless(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    assert page.locator("img[src='x']").count() == 0
    page.close()


def test_the_confusion_matrix_is_narrowed_to_a_kind(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    shown = "document.getElementById('confusion').data[0].z.length"
    assert page.evaluate(shown) == len(CLASSES)
    page.select_option("#kind", "upper case")
    assert page.evaluate(shown) == 3
    assert page.evaluate("document.getElementById('confusion').data[0].z[0][0]") is None
    page.uncheck("#errors-only")
    assert page.evaluate("document.getElementById('confusion').data[0].z[0][0]") > 0.5
    page.close()


def test_errors_are_filtered_by_their_pair(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    everything = page.locator("#errors figure:visible").count()
    page.select_option("#pair", "A\tB")
    shown = page.locator("#errors figure:visible")
    assert 0 < shown.count() < everything
    assert {caption.split("\n")[0][:5] for caption in shown.all_inner_texts()} == {"A → B"}
    assert page.inner_text("#shown") == f"{shown.count()} shown"
    page.close()


def test_a_click_in_the_matrix_shows_the_fields_errors(browser, report):
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    page.select_option("#kind", "upper case")
    box = page.locator("#confusion .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 6)  # true A, answer B
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 6)
    page.wait_for_function("document.getElementById('pair').value === 'A\\tB'")
    page.close()

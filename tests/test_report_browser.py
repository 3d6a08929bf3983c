"""The report in a real browser: it draws, loads nothing, logs no error, and its filters work."""

import numpy as np
import pytest

from letterpress.infrastructure.files import write_text
from letterpress.report.report_html import render_page
from tests.browser import chromium, record_page
from tests.predictions import make_predictions, make_split, one_hot
from tests.reports import OVERVIEW, make_contents

CLASSES = [*"0123456789ABCabc", "<img src=x onerror=alert(1)>"]
N = 400


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A page on made-up results, a tenth of the predictions wrong."""
    folder = tmp_path_factory.mktemp("report")
    labels = np.arange(N) % len(CLASSES)
    predicted = (labels + (np.random.default_rng(0).random(N) < 0.1)) % len(CLASSES)
    final = make_predictions(one_hot(predicted, len(CLASSES)) * 0.9 + 0.1 / len(CLASSES))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        members = {"m0": final, "m1": final}
        contents = make_contents(final, members, make_split(labels.tolist()), make_split(None), CLASSES, n_epochs=3)
    write_text(folder / "index.html", render_page(contents, OVERVIEW, [["data:,"]]))
    return folder / "index.html"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.mark.parametrize("options", [{"viewport": {"width": 390, "height": 800}}, {"color_scheme": "dark"}])
def test_it_draws_every_chart_and_loads_nothing(browser, report, options):
    page = browser.new_page(**options)
    errors, requests = record_page(page)
    page.goto(report.as_uri())
    page.wait_for_function("document.querySelectorAll('.chart .main-svg').length >= 3 * 7")
    assert (errors, requests) == ([], [report.as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_a_name_with_markup_is_harmless(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    assert page.locator("img[src='x']").count() == 0
    page.close()


def test_the_confusion_matrix_is_filtered(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    n_rows = "document.getElementById('confusion').data[0].z.length"
    assert page.evaluate(n_rows) == len(CLASSES)
    page.select_option("#filter", "upper case")
    assert page.evaluate(n_rows) == 3
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


def test_more_errors_are_shown_on_demand(browser, report):
    page = browser.new_page()
    page.goto(report.as_uri())
    n_errors = page.locator("#errors figure").count()
    double = "(figure) => figure.after(figure.cloneNode(true), figure.cloneNode(true))"
    page.evaluate(f"document.querySelectorAll('#errors figure').forEach({double})")
    page.select_option("#pair", "")
    page.dispatch_event("#pair", "change")
    shown = page.locator("#errors figure:visible")
    assert (shown.count(), page.inner_text("#shown")) == (48, f"48 of {3 * n_errors} shown")
    page.click("#more")
    assert shown.count() == min(96, 3 * n_errors)
    page.close()


def test_plotlys_bar_stays_off_charts_on_touch_screens(browser, report):
    page = browser.new_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800})
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    assert page.locator(".modebar-btn").count() == 0
    page.close()


def test_a_click_on_a_cell_shows_its_errors(browser, report):
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(report.as_uri())
    page.wait_for_selector("#confusion .main-svg")
    page.select_option("#filter", "upper case")
    page.locator("#confusion").scroll_into_view_if_needed()
    box = page.locator("#confusion .nsewdrag").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 6)  # true A, predicted B
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 6)
    page.wait_for_function("document.getElementById('pair').value === 'A\\tB'")
    page.close()

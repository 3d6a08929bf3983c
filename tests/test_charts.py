"""Charts are plain JSON, equal for equal inputs, each with a caption and a table."""

import json

import pytest

from letterpress.report import charts

HISTORY = {"epoch": [1.0, 2.0], "accuracy": [0.5, 0.75], "validation_accuracy": [0.5, 0.625]}
BINS = [{"confidence": 0.5, "accuracy": 0.4, "n": 10}, {"confidence": 0.9, "accuracy": 0.95, "n": 40}]
POINTS = [{"threshold": 0.9, "coverage": 0.5, "accuracy": 1.0}, {"threshold": 0.4, "coverage": 1.0, "accuracy": 0.96}]
SIZES = [{"members": n, "accuracy": 0.8 + n / 100, "std": 0.01, "n": 500} for n in (1, 2)]
CHARTS = {
    "learning curves": lambda: charts.learning_curves({"m0": HISTORY, "m1": HISTORY}),
    "reliability": lambda: charts.reliability(BINS, BINS[:1], 0.7),
    "uncalibrated": lambda: charts.reliability(BINS, BINS, 1.0),
    "risk and coverage": lambda: charts.risk_coverage(POINTS),
    "ensemble size": lambda: charts.accuracy_by_ensemble_size(SIZES),
    "agreement": lambda: charts.agreement(["m0", "m1"], [[1.0, 0.9], [0.9, None]]),
    "class balance": lambda: charts.class_balance({"<b>": 3, "a": 4}),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_equal_json_for_equal_inputs(name):
    first, second = (json.dumps(CHARTS[name](), allow_nan=False) for _ in range(2))
    assert first == second
    assert set(json.loads(first)) == {"title", "figure", "caption", "table"}


@pytest.mark.parametrize("name", CHARTS)
def test_the_table_has_a_cell_for_each_column(name):
    table = CHARTS[name]()["table"]
    assert table["rows"]
    assert {len(row) for row in table["rows"]} == {len(table["header"])}


def test_the_threshold_for_an_accuracy_of_99_percent_is_told():
    chart = charts.risk_coverage(POINTS)
    assert "At a least probability of 0.900 it answers 50.0% of the images, 99 % of them" in chart["caption"]
    assert chart["table"]["rows"][:2] == [["95.0%", "0.400", "100.0%"], ["98.0%", "0.900", "50.0%"]]
    assert "No threshold gives an accuracy of 99 %." in charts.risk_coverage(POINTS[1:])["caption"]


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    points = [{"threshold": 1 - i / 5000, "coverage": i / 5000, "accuracy": 0.9} for i in range(1, 5001)]
    drawn = charts.risk_coverage(points)["figure"]["data"][0]
    assert len(drawn["x"]) < 500
    assert (drawn["x"][0], drawn["x"][-1]) == (1 / 5000, 1.0)


def test_members_agreement_is_written_into_its_cells():
    heatmap = CHARTS["agreement"]()["figure"]["data"][0]
    assert heatmap["text"] == [["", "90.0"], ["90.0", ""]]


def test_class_names_are_escaped_for_plotly_only():
    chart = CHARTS["class balance"]()
    assert chart["figure"]["data"][0]["x"] == ["&lt;b&gt;", "a"]
    assert chart["table"]["rows"] == [["<b>", 3], ["a", 4]]


def test_curves_without_validation_are_drawn():
    chart = charts.learning_curves({"m0": {**HISTORY, "validation_accuracy": [None, None]}})
    assert chart["table"]["rows"] == [["m0", 2, "0.7500", ""]]

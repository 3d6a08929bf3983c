"""Charts are plain JSON, equal for equal inputs, each with a caption and a table."""

import json

import pytest

from letterpress.report import charts

HISTORY = {"epoch": [1.0, 2.0], "accuracy": [0.5, 0.75], "validation_accuracy": [0.5, 0.625]}
BINS = [{"confidence": 0.5, "accuracy": 0.4, "n": 10}, {"confidence": 0.9, "accuracy": 0.95, "n": 40}]
SIZES = [{"members": n, "accuracy": 0.8 + n / 100, "std": 0.01, "n": 500} for n in (1, 2)]
CHARTS = {
    "learning curves": lambda: charts.learning_curves({"m0": HISTORY, "m1": HISTORY}),
    "reliability": lambda: charts.reliability(BINS),
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


def test_class_names_are_escaped_for_plotly_only():
    chart = CHARTS["class balance"]()
    assert chart["figure"]["data"][0]["x"] == ["&lt;b&gt;", "a"]
    assert chart["table"]["rows"] == [["<b>", 3], ["a", 4]]


def test_curves_without_validation_are_drawn():
    chart = charts.learning_curves({"m0": {**HISTORY, "validation_accuracy": [None, None]}})
    assert chart["table"]["rows"] == [["m0", 2, "0.7500", ""]]

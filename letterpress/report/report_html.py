"""The report as one HTML file that loads nothing from the network."""

import json
from collections import Counter
from pathlib import Path

import jinja2
import yaml
from plotly.offline import get_plotlyjs

from letterpress.report.overview import Overview
from letterpress.report.report_data import counted_part
from letterpress.storage.class_groups import group_classes

ASSETS = Path(__file__).with_name("assets")
METRIC_TITLES = {
    "accuracy": "accuracy",
    "accuracy_within": "accuracy within the group",
    "top5_accuracy": "top-5 accuracy",
    "accuracy_ignoring_case": "accuracy ignoring case",
    "macro_f1": "macro F1",
    "ece": "calibration error",
    "cross_entropy": "cross-entropy",
    "n": "images",
    "n_votes": "number of votes",
}
PART_TITLES = {"holdout": "hold-out", "oof": "out of fold", "test": "test images"}
CALIBRATION = ("ece", "cross_entropy")
COMPARED = {"without_context": "without context", "grouped_by_photo": "grouped by photo"}
FILTERS = ("digits", "upper case", "lower case")


def render_page(contents: dict, overview: Overview, augmented: list[list[str]]) -> str:
    """Fill the template; all text is escaped.

    contents: what report_data collects, with `baseline` and `context_examples`.
    overview: of the run. augmented: rows of data URLs.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["percent"] = lambda fraction: f"{fraction:.0%}"
    embedded = {"charts": [chart["figure"] for chart in contents["charts"]], **contents["confusion"]}
    return environment.get_template("page.html").render(
        contents,
        plotly=get_plotlyjs(),
        embedded=to_script_json(embedded),
        cards=cards(contents["details"], contents["baseline"], overview.base_accuracy),
        metrics=metrics_table(contents["details"]),
        filters=class_filters(contents["confusion"]["classes"]),
        pairs=Counter((error["true"], error["predicted"]) for error in contents["worst"]).most_common(),
        augmented=augmented,
        overview=overview,
        params_yaml=yaml.safe_dump(contents["params"], sort_keys=False, allow_unicode=True),
    )


def to_script_json(content: object) -> str:
    """Encode as JSON for a script element: no text in it can end the element."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def cards(details: dict, baseline: dict | None, base_accuracy: float | None) -> list[tuple[str, str, str]]:
    """Return the figures at the top of the page: value, title and note; the first is the one that counts."""
    counted = counted_part(details)
    parts = {part: details[part] for part in (counted, *PART_TITLES) if part in details}
    ours = [
        (
            f"{metrics['accuracy']:.2%}",
            f"{PART_TITLES[part]}{': the figure that counts' * (part == counted)}",
            _interval(metrics),
        )
        for part, metrics in parts.items()
    ]
    others = []
    if counted is not None and base_accuracy is not None:
        change = details[counted]["accuracy"] - base_accuracy
        others.append((f"{base_accuracy:.2%}", "at the last commit", f"{100 * change:+.2f} points since"))
    for group, value in (baseline or {"accuracy": {}})["accuracy"].items():
        title = "published" if group == "all" else f"published, {group}"
        note = "; ".join(baseline[key] for key in ("source", "evaluated_on", "compute") if baseline[key])
        others.append((f"{value:.2%}", title, note))
    return ours + others


def _interval(metrics: dict) -> str:
    """Return two standard errors of an accuracy in points, and the number of images."""
    accuracy, n = metrics["accuracy"], metrics["n"]
    return f"± {200 * (accuracy * (1 - accuracy) / n) ** 0.5:.2f} points (two standard errors), {n:,} images"


def metrics_table(details: dict) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of all metrics: the ensemble's, then each member's."""
    named = [(PART_TITLES[part], details[part]) for part in PART_TITLES if part in details]
    for key, title in COMPARED.items():
        named += [(f"{PART_TITLES[part]}, {title}", metrics) for part, metrics in details.get(key, {}).items()]
    for key, member in details["members"].items():
        named += [(f"{key}, {PART_TITLES.get(part, part)}", metrics) for part, metrics in member.items()]
    rows = [row for name, metrics in named for row in _with_groups(name, metrics)]
    columns = [column for column in METRIC_TITLES if any(column in metrics for _, metrics in rows)]
    body = [[name, *(_number(metrics.get(column)) for column in columns)] for name, metrics in rows]
    return ["", *(METRIC_TITLES[column] for column in columns)], body


def class_filters(classes: list[str]) -> list[str]:
    """Return the choices for the confusion matrix: groups of classes, or without groups types of characters."""
    groups = group_classes(classes)
    return [f"group {group}" for group in groups] if len(groups) > 1 else list(FILTERS)


def _with_groups(name: str, metrics: dict) -> list[tuple[str, dict]]:
    """Return the row itself, the calibration before the temperature, and a row for each group of classes."""
    before = {key: metrics[f"{key}_uncalibrated"] for key in CALIBRATION if f"{key}_uncalibrated" in metrics}
    rows = [(name, metrics), *([(f"{name}, before the temperature", before)] if before else [])]
    return rows + [(f"{name}, {group}", own) for group, own in metrics.get("groups", {}).items()]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"

"""The report as one HTML file that needs no network."""

import json
from collections import Counter
from pathlib import Path

import jinja2
import yaml
from plotly.offline import get_plotlyjs

ASSETS = Path(__file__).with_name("assets")
COLUMNS = (
    "accuracy",
    "accuracy_within",
    "top5_accuracy",
    "accuracy_ignoring_case",
    "macro_f1",
    "expected_calibration_error",
    "images",
)
PARTS = {"holdout": "hold-out", "oof": "out of fold", "test": "test images"}
KINDS = ("digits", "upper case", "lower case")


def render(contents: dict, runs: dict[str, dict], augmented: list[list[str]]) -> str:
    """Fill the template with the contents, what was noted of the run, and a sheet of images; all text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters["percent"] = lambda share: f"{share:.0%}"
    embedded = {"charts": [chart["figure"] for chart in contents["charts"]], **contents["confusion"]}
    return environment.get_template("page.html").render(
        contents,
        plotly=get_plotlyjs(),
        embedded=embed(embedded),
        cards=cards(contents["ensemble"], contents["params"]["baseline"]),
        scores=scores(contents["ensemble"], contents["members"]),
        kinds=kinds(contents["confusion"]["classes"]),
        pairs=Counter((error["true"], error["predicted"]) for error in contents["worst"]).most_common(),
        augmented=augmented,
        runs=runs,
        machines=list({json.dumps(run["machine"]): run["machine"] for run in runs.values()}.values()),
        params_yaml=yaml.safe_dump(contents["params"], sort_keys=False, allow_unicode=True),
    )


def embed(content: object) -> str:
    """JSON for a script element: no text in it can end the element."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def cards(ensemble: dict, published: dict | None) -> list[tuple[str, str, str]]:
    """What stands at the top: a figure, what it is, and a note on it."""
    parts = {part: ensemble[part] for part in PARTS if part in ensemble}
    ours = [(f"{of['accuracy']:.2%}", PARTS[part], f"{of['images']:,} images") for part, of in parts.items()]
    if published is None:
        return ours
    note = "; ".join(published[key] for key in ("source", "evaluated_on", "compute") if published[key])
    names = {group: "baseline" if group == "all" else f"published, {group}" for group in published["accuracy"]}
    return ours + [(f"{value:.2%}", names[group], note) for group, value in published["accuracy"].items()]


def scores(ensemble: dict, members: dict[str, dict]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the table of all figures: of the ensemble, then of each member."""
    named = [(PARTS[part], ensemble[part]) for part in PARTS if part in ensemble]
    for key, title in (("alone", "each alone"), ("whole_photographs", "photographs whole")):
        named += [(f"{PARTS[part]}, {title}", figures) for part, figures in ensemble.get(key, {}).items()]
    named += [(f"{key}, {part}", figures) for key, member in members.items() for part, figures in member.items()]
    rows = [row for name, figures in named for row in _with_groups(name, figures)]
    columns = [column for column in COLUMNS if any(column in figures for _, figures in rows)]
    body = [[name, *(_number(figures.get(column)) for column in columns)] for name, figures in rows]
    return ["", *(column.replace("_", " ") for column in columns)], body


def _with_groups(name: str, figures: dict) -> list[tuple[str, dict]]:
    """The row itself, and one for each group of classes."""
    groups = figures.get("groups", {})
    return [(name, figures), *((f"{name}, {group}", of_group) for group, of_group in groups.items())]


def kinds(classes: list[str]) -> list[str]:
    """What the confusion matrix can be narrowed to: a group of classes, or without groups a kind of characters."""
    groups = list(dict.fromkeys(name.rpartition("/")[0] for name in classes))
    return [f"group {group}" for group in groups] if len(groups) > 1 else list(KINDS)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"

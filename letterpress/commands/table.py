"""Write the tables of results, published and measured, from the committed metrics alone.

letterpress table        write them into README.md and docs/results.md (make table)
"""

import argparse
import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from letterpress.commands.gate import METRICS, measured_at
from letterpress.configuration.params import Params, load_params
from letterpress.configuration.project import BaselineConfig
from letterpress.infrastructure import projects, run_metadata
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.markdown import format_table, replace_section

START, END = "<!-- The table: written by `make table`. -->\n", "<!-- End of the table. -->\n"
HEADERS = {
    "docs/results.md": [
        *("recipe", "published", "members, validation", "members, hold-out", "ensemble", "against published"),
        *("minutes", "machine", "measured at"),
    ],
    "README.md": ["recipe", "published", "ours", "minutes"],
}
LEFT = {"recipe", "machine", "measured at"}
IN_README = {
    *("default", "devanagari-champion", "digits-champion"),
    *("julia-champion", "julia-context", "julia-quick"),
}
ALL = "all"  # the group of every image

Measured = tuple[float, int]  # an accuracy, and the number of images


@dataclass(frozen=True)
class Accuracies:
    """One group's accuracies in a recipe: the members' by part, the ensemble's on the hold-out or out of fold."""

    members: dict[str, list[Measured]]
    ensemble: Measured


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: both documents are written."""


def run(arguments: argparse.Namespace) -> None:
    """Write each table between its markers."""
    rows, notes = collect_rows(projects.ROOT)
    for name, content in render_tables(rows, notes).items():
        replace_section(projects.ROOT / name, START, content, END)
        print(f"{name}: the table is up to date")


def render_tables(rows: list[dict[str, str]], notes: list[str]) -> dict[str, str]:
    """Format the rows as Markdown by document: a few in README.md, all of them and the notes in docs/results.md."""
    few = [row for row in rows if row["recipe"].split("`")[1] in IN_README]
    tables = {}
    for name, shown in (("README.md", few), ("docs/results.md", rows)):
        header = HEADERS[name]
        cells = [[row.get(column, "") for column in header] for row in shown]
        tables[name] = format_table(header, cells, right=set(header) - LEFT) + "\n"
    tables["docs/results.md"] += "\n" + "".join(f"- {note}\n" for note in notes)
    return tables


def collect_rows(root: Path) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows of all recipes, cells by column, and notes on what was reduced or has not been run."""
    rows, notes = [], []
    for folder in projects.folders(root):
        name, params = projects.name_of(folder, root), load_params(folder / "params.yaml")
        has_run = (folder / METRICS).exists()
        if params.baseline is None and not has_run:
            continue  # an example to copy
        rows += _rows(name, folder, params) if has_run else _published_rows(name, params.baseline)
        if params.baseline is not None and params.baseline.reduced is not None:
            notes.append(f"`{name}` is reduced: {params.baseline.reduced}.")
        if not has_run:
            notes.append(f"`{name}` has not been run.")
    return rows, notes


def _published_rows(name: str, baseline: BaselineConfig | None) -> list[dict[str, str]]:
    """Make a row for each group of classes with a published accuracy, or one for all images."""
    published = baseline.accuracy if baseline else {ALL: None}
    return [
        {
            "recipe": f"`{name}`" if group == ALL else f"`{name}`, {group}",
            "published": "" if accuracy is None else f"{accuracy:.4f}",
        }
        for group, accuracy in published.items()
    ]


def _rows(name: str, folder: Path, params: Params) -> list[dict[str, str]]:
    """Make the rows of a recipe that has run."""
    details = json.loads((folder / "metrics/details.json").read_text(encoding="utf-8"))
    keys = [*params.ensemble.members, *params.pretrain.networks]
    runs = run_metadata.read_runs(keys, folder / run_metadata.RUNS).values()
    part = details.get("holdout") or details.get("oof")
    if part is None:
        raise UserError(f"{folder}: no images for the hold-out or validation; set a fraction of them in split.")
    shared = {
        "minutes": f"{sum(run['seconds'] for run in runs) / 60:.0f}",
        "machine": "; ".join(sorted({f"{r['machine']['cores']} cores, {r['machine']['processor']}" for r in runs})),
        "measured at": measured_at(folder),
    }
    groups = params.baseline.accuracy if params.baseline else [ALL]
    return [
        row | _accuracy_cells(read_accuracies(details, part, group), group, params.baseline) | shared
        for row, group in zip(_published_rows(name, params.baseline), groups, strict=True)
    ]


def _accuracy_cells(accuracies: Accuracies, group: str, baseline: BaselineConfig | None) -> dict[str, str]:
    ours = f"{accuracies.ensemble[0]:.4f}"
    return {
        "members, validation": _mean_and_std(accuracies.members["validation"]),
        "members, hold-out": _mean_and_std(accuracies.members["holdout"]),
        "ensemble": ours,
        "ours": ours,
        "against published": _difference(accuracies, baseline.accuracy[group], baseline.of) if baseline else "",
    }


def read_accuracies(details: dict, part: dict, group: str) -> Accuracies:
    """Pick a group's accuracies from metrics/details.json.

    Args:
        details: its content.
        part: the one of its parts that measures the ensemble.
        group: a group of classes, whose images are classified within it; or `all`.
    """
    members = {
        name: [_of_group(member[name], group) for member in details["members"].values() if name in member]
        for name in ("validation", "holdout")
    }
    return Accuracies(members, _of_group(part, group))


def _of_group(metrics: dict, group: str) -> Measured:
    if group == ALL:
        return metrics["accuracy"], metrics["n"]
    if group not in metrics.get("groups", {}):
        raise UserError(
            f"params.yaml: baseline.accuracy: {group} is not a group of the data set's classes; remove it."
        )
    return metrics["groups"][group]["accuracy_within"], metrics["groups"][group]["n"]


def _difference(accuracies: Accuracies, published: float, of: str) -> str:
    """Format measured minus published with two standard errors, those of one member's or of the ensemble's images.

    Two correct and two wrong images are added for the error (Agresti and Coull, 1998), which would be 0 at an
    accuracy of 1 without them.
    """
    measured = [accuracies.ensemble]
    if of == "member":
        measured = accuracies.members["holdout"] or accuracies.members["validation"]
    accuracy = statistics.mean(value for value, _ in measured)
    n = statistics.mean(images for _, images in measured)
    adjusted = (accuracy * n + 2) / (n + 4)
    error = math.sqrt(adjusted * (1 - adjusted) / (n + 4))
    return f"{accuracy - published:+.4f} ± {2 * error:.4f}"


def _mean_and_std(members: list[Measured]) -> str:
    """Format the members' mean, sample standard deviation and number."""
    accuracies = [accuracy for accuracy, _ in members]
    if len(accuracies) < 2:
        return "".join(f"{accuracy:.4f}" for accuracy in accuracies)
    return f"{statistics.mean(accuracies):.4f} ± {statistics.stdev(accuracies):.4f} ({len(accuracies)})"

"""Describe what a change did to learning curves and confusions, as Markdown with charts that GitHub draws.

letterpress changes --base origin/main
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from letterpress.infrastructure import git, projects
from letterpress.infrastructure.markdown import format_table

CURVES, CONFUSION = "metrics/curves", "metrics/confusion.csv"
COLUMN = "validation_accuracy"
MAX_POINTS = 60  # of a curve in a chart
MAX_PAIRS = 8  # of classes in a table
COLOURS = {"the base": ("grey", "#8c8c8c"), "here": ("blue", "#1f77b4")}

Curve = dict[int, float]  # by epoch
Errors = Counter[tuple[str, str]]  # number of images by true and predicted class


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the base commit."""
    parser.add_argument("--base", default="origin/main", metavar="REVISION", help="a commit, branch or tag")


def run(arguments: argparse.Namespace) -> None:
    """Print what has changed, recipe by recipe."""
    commit = git.resolve_commit(arguments.base, projects.ROOT)
    changed = filter(None, (describe_changes(folder, commit, projects.ROOT) for folder in projects.folders()))
    print("\n\n".join(changed) or f"Curves and confusions are as at {commit[:7]}.")


def describe_changes(folder: Path, commit: str, root: Path) -> str | None:
    """Describe what has changed in a recipe since a commit; return None if nothing has."""
    paths = git.paths_at(commit, folder, f"{CURVES}/")
    old_curves = {path: git.text_at(commit, path, folder) for path in paths}
    new_curves = {f"{CURVES}/{path.name}": path.read_text("utf-8") for path in folder.glob(f"{CURVES}/*.csv")}
    confusion = folder / CONFUSION
    old_errors = git.text_at(commit, CONFUSION, folder) or ""
    new_errors = confusion.read_text("utf-8") if confusion.exists() else ""
    if (old_curves, old_errors) == (new_curves, new_errors):
        return None
    parts = [f"### {projects.name_of(folder, root)}"]
    base, here = mean_curve(old_curves.values()), mean_curve(new_curves.values())
    if base or here:
        parts.append(format_chart(base, here))
    if old_errors and new_errors:
        parts.append(format_pairs(count_errors(old_errors), count_errors(new_errors)))
    return "\n\n".join(parts)


def mean_curve(tables: Iterable[str]) -> Curve:
    """Compute the members' mean validation accuracy by epoch from their curves, CSV; empty without validation."""
    values: dict[int, list[float]] = {}
    for table in tables:
        for row in csv.DictReader(table.splitlines()):
            if row.get(COLUMN):
                values.setdefault(int(row["epoch"]), []).append(float(row[COLUMN]))
    return {epoch: sum(accuracies) / len(accuracies) for epoch, accuracies in sorted(values.items())}


def count_errors(table: str) -> Errors:
    """Count the wrong predictions in the confusion plot's CSV."""
    rows = csv.DictReader(table.splitlines())
    return Counter((row["actual"], row["predicted"]) for row in rows if row["actual"] != row["predicted"])


def format_chart(base: Curve, here: Curve) -> str:
    """Draw both curves in one Mermaid chart, with a sentence that names their colours.

    Mermaid stretches each line over the whole axis: so a curve that ended earlier is continued at its last value.
    """
    curves = {name: curve for name, curve in (("the base", base), ("here", here)) if curve}
    last = max(max(curve) for curve in curves.values())
    epochs = range(1, last + 1, -(-last // MAX_POINTS))
    palette = ", ".join(COLOURS[name][1] for name in curves)
    values = [[curve.get(epoch, curve[max(curve)]) for epoch in epochs] for curve in curves.values()]
    lines = [
        "```mermaid",
        f'%%{{init: {{"themeVariables": {{"xyChart": {{"plotColorPalette": "{palette}"}}}}}}}}%%',
        "xychart-beta",
        f'x-axis "epoch" {epochs[0]} --> {epochs[-1]}',
        f'y-axis "validation accuracy" {min(map(min, values)):.3f} --> {max(map(max, values)):.3f}',
        *(f"line [{', '.join(f'{value:.4f}' for value in line)}]" for line in values),
        "```",
    ]
    colours = " ".join(f"{COLOURS[name][0].capitalize()}: {name}." for name in curves)
    return f"Mean validation accuracy of the members by epoch. {colours}\n\n" + "\n".join(lines)


def format_pairs(base: Errors, here: Errors) -> str:
    """Format the pairs of true and predicted class whose number of errors has changed most, as a table."""
    changed = {pair: here[pair] - base[pair] for pair in base | here if here[pair] != base[pair]}
    if not changed:
        return "No pair is confused more or less often."
    most = sorted(changed, key=lambda pair: (-abs(changed[pair]), pair))[:MAX_PAIRS]
    rows = [[*pair, str(base[pair]), str(here[pair])] for pair in most]
    return format_table(["true", "predicted", "base", "here"], rows, right={"base", "here"})

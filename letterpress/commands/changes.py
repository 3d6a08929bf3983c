"""What a change did to learning curves and confusions, as Markdown with charts that GitHub draws.

python -m letterpress.commands.changes --base origin/main
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from letterpress.infrastructure import git as history
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError

CURVES, CONFUSION = "metrics/curves", "metrics/confusion.csv"
FIGURE = "validation_accuracy"
POINTS = 60  # that a chart shows at most
PAIRS = 8  # confused pairs that a table shows at most
COLOURS = {"the base": ("grey", "#8c8c8c"), "here": ("blue", "#1f77b4")}

Curve = dict[int, float]  # by epoch
Confused = Counter[tuple[str, str]]  # images by true and predicted class, where they differ


def mean_curve(tables: Iterable[str]) -> Curve:
    """The members' mean validation accuracy by epoch, from their curves as CSV; without validation none."""
    values: dict[int, list[float]] = {}
    for table in tables:
        for row in csv.DictReader(table.splitlines()):
            if row.get(FIGURE):
                values.setdefault(int(row["epoch"]), []).append(float(row[FIGURE]))
    return {epoch: sum(found) / len(found) for epoch, found in sorted(values.items())}


def confused(table: str) -> Confused:
    """The errors among the images judged unseen, from the confusion plot's CSV."""
    rows = csv.DictReader(table.splitlines())
    return Counter((row["actual"], row["predicted"]) for row in rows if row["actual"] != row["predicted"])


def chart(base: Curve, here: Curve) -> str:
    """Both curves in one Mermaid chart, with a sentence that says which is which.

    Mermaid spreads any number of values over the whole axis: so one that ended earlier goes on level.
    """
    curves = {name: curve for name, curve in (("the base", base), ("here", here)) if curve}
    last = max(max(curve) for curve in curves.values())
    epochs = range(1, last + 1, -(-last // POINTS))
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


def pairs(base: Confused, here: Confused) -> str:
    """The pairs of true and predicted class whose number of errors has changed most."""
    changed = {pair: here[pair] - base[pair] for pair in base | here if here[pair] != base[pair]}
    if not changed:
        return "No pair is confused more or less often."
    most = sorted(changed, key=lambda pair: (-abs(changed[pair]), pair))[:PAIRS]
    rows = [f"| {true} | {given} | {base[true, given]} | {here[true, given]} |" for true, given in most]
    return "\n".join(["| true | predicted | base | here |", "| --- | --- | ---: | ---: |", *rows])


def describe(folder: Path, commit: str, root: Path) -> str | None:
    """What has changed in a recipe since the commit; None where nothing has."""
    curves, confusion = folder / CURVES, folder / CONFUSION
    old_curves = {
        name: history.text_at(commit, name, root)
        for name in history.files_at(commit, root, f"{history.relative(curves, root)}/")
    }
    new_curves = {history.relative(path, root): path.read_text(encoding="utf-8") for path in curves.glob("*.csv")}
    old_errors = history.text_at(commit, history.relative(confusion, root), root) or ""
    new_errors = confusion.read_text(encoding="utf-8") if confusion.exists() else ""
    if (old_curves, old_errors) == (new_curves, new_errors):
        return None
    parts = [f"### {recipes.name_of(folder, root)}"]
    base, here = mean_curve(old_curves.values()), mean_curve(new_curves.values())
    if base or here:
        parts.append(chart(base, here))
    if old_errors and new_errors:
        parts.append(pairs(confused(old_errors), confused(new_errors)))
    return "\n\n".join(parts)


def main() -> None:
    """Print what has changed, recipe by recipe."""
    parser = argparse.ArgumentParser(
        prog="python -m letterpress.commands.changes", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--base", default="origin/main", help="a commit, branch or tag")
    try:
        commit = history.resolve(parser.parse_args().base, recipes.ROOT)
    except UserError as error:
        print(f"changes: {error}", file=sys.stderr)
        sys.exit(2)
    found = [describe(folder, commit, recipes.ROOT) for folder in recipes.folders()]
    print("\n\n".join(filter(None, found)) or f"Curves and confusions are as at {commit[:7]}.")


if __name__ == "__main__":
    main()

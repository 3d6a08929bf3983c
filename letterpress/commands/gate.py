"""Fail if an accuracy has dropped: compare every recipe's metrics with a base commit.

    letterpress gate --base origin/main

Print a Markdown table, with the commit at which each figure was measured, and
exit with status 1 if a figure has dropped beyond the recipe's tolerance, lies
below gate.min_accuracy, is missing or no number, or if parameters or metrics do not
fit dvc.lock; with status 2 if the base cannot be resolved. A strict recipe's
code must fit dvc.lock, too, but for comments, docstrings and formatting.
"""

import argparse
import json
import math
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import yaml

from letterpress.configuration.params import Params, load_params
from letterpress.configuration.project import GateConfig
from letterpress.infrastructure import git, projects
from letterpress.infrastructure.dvc_lock import broken_links, read_status, status_of
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.markdown import format_table
from letterpress.infrastructure.same_code import changed_code

METRICS = "metrics/ensemble.json"
WATCHED = {"validation.mean": "validation", "oof.accuracy": "validation", "holdout.accuracy": "holdout"}
MAX_SHOWN = 3  # reasons a recipe
SAME_CODE = "The same code but for comments, docstrings or formatting (`make restamp` takes it over)"


@dataclass(frozen=True)
class Row:
    """One figure of one recipe, and what is wrong with it (nothing, if empty)."""

    recipe: str
    figure: str
    base: float | None
    here: float | None
    fault: str


@dataclass
class GateReport:
    """What is known of all recipes."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # what does not fit dvc.lock, or is gone
    older: list[str] = field(default_factory=list)  # recipes whose code has changed, and how
    same_code: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    measured_at: dict[str, str] = field(default_factory=dict)  # commit by recipe

    @property
    def passed(self) -> bool:
        return not self.faults and not any(row.fault for row in self.rows)

    def text(self) -> str:
        """Format in Markdown."""
        parts = [format_rows(self.rows, self.measured_at)]
        for title, lines in (("Faults", self.faults), ("Older than the code", self.older)):
            if lines:
                parts.append("\n".join([f"{title} (run `dvc repro` there, and commit):", "", *lines]))
        for title, names in ((SAME_CODE, self.same_code), ("Not run yet", self.not_run)):
            if names:
                parts.append(f"{title}: {', '.join(names)}")
        return "\n\n".join(parts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the base commit."""
    parser.add_argument("--base", default="origin/main", metavar="REVISION", help="a commit, branch or tag")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return 1 if a recipe has failed."""
    text, passed = check_recipes(arguments.base)
    print(text)
    return 0 if passed else 1


def check_recipes(base: str, root: Path = projects.ROOT) -> tuple[str, bool]:
    """Compare all recipes with the commit `base`; return the text to print, and whether all have passed."""
    commit = git.resolve_commit(base, root)
    folders = projects.folders(root)
    report = GateReport()
    for path in git.paths_at(commit, root, "params.yaml", "recipes"):
        if Path(path).name == "params.yaml" and not (root / path).exists():
            report.faults.append(f"- {Path(path).parent}: the recipe is gone, but the base has it")
    for folder in folders:
        _check_recipe(folder, commit, root, report)
    return f"Base: {base} ({commit[:7]})\n\n{report.text()}", report.passed


def _check_recipe(folder: Path, commit: str, root: Path, report: GateReport) -> None:
    """Add one recipe to the report."""
    name, path = projects.name_of(folder, root), folder / METRICS
    params = load_params(folder / "params.yaml")
    here = _parse(path.read_text(encoding="utf-8") if path.exists() else None, str(path))
    before = _parse(git.text_at(commit, METRICS, folder), f"{path} at {commit[:7]}")
    if here is None and before is None and not (folder / "dvc.lock").exists():
        report.not_run.append(name)
        return
    report.rows += compare_figures(name, before, here, params.gate, measured_parts(params))
    report.measured_at[name] = measured_at(folder)
    if before is None and git.text_at(commit, "dvc.lock", folder) is not None:
        report.faults.append(f"- {name}: the base has dvc.lock, but no {METRICS} to compare with")
    _check_lock(name, folder, root, params, report)


def _check_lock(name: str, folder: Path, root: Path, params: Params, report: GateReport) -> None:
    """Add what does not fit a recipe's dvc.lock; code that has changed is a fault of a strict recipe only."""
    if not (folder / "dvc.lock").exists():
        report.faults.append(f"- {name}: dvc.lock is missing")
        return
    lock = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))
    status = read_status(status_of(folder), lock["stages"])
    broken = broken_links(lock, [*params.ensemble.members, *params.pretrain.networks])
    report.faults += [f"- {name}: {fault}" for fault in status.faults + broken]
    if reasons := status.added + _code_reasons(status.code, folder, root):
        if params.gate.strict:
            report.faults.append(f"- {name}: older than the code: {_shorten(reasons)}")
        else:
            report.older.append(f"- {name}: {_shorten(reasons)}")
    elif status.code:
        report.same_code.append(name)


def _code_reasons(stale: set[tuple[str, str]], folder: Path, root: Path) -> list[str]:
    """Say why dependencies on code that differ from dvc.lock are not the same code; empty if all are."""
    if not stale:
        return []
    compared = {(dep.stage, dep.path): dep.reasons for dep in changed_code(folder, root)}
    reasons = sorted({reason for dep in stale & compared.keys() for reason in compared[dep]})
    if unrecorded := sorted({path for stage, path in stale - compared.keys()}):
        reasons.append(f"not as in dvc.lock: {_shorten(unrecorded)}")
    return reasons


def _shorten(items: list[str]) -> str:
    """Join the first items, and count the others."""
    more = len(items) - MAX_SHOWN
    return "; ".join([*items[:MAX_SHOWN], *([f"{more} more"] if more > 0 else [])])


def compare_figures(
    recipe: str, base: dict | None, here: dict | None, gate: GateConfig, parts: set[str]
) -> list[Row]:
    """Compare a recipe's watched figures.

    Args:
        recipe: its name.
        base, here: metrics/ensemble.json, or None.
        gate: the tolerance and the lowest accuracy.
        parts: those that must have a figure; others need one if the base has one.
    """
    rows = []
    for figure, part in WATCHED.items():
        before, now = read_figure(base, figure), read_figure(here, figure)
        if part in parts or before is not None or now is not None:
            rows.append(Row(recipe, figure, before, now, _fault(before, now, gate)))
    return rows


def measured_parts(params: Params) -> set[str]:
    """Return which of `validation` and `holdout` have images that some member did not train on."""
    fit_on_validation = params.train.head is not None and params.train.head.fit_on_validation
    fractions = {"validation": 0 if fit_on_validation else params.split.validation, "holdout": params.split.holdout}
    return {part for part, fraction in fractions.items() if fraction > 0}


def _fault(before: float | None, now: float | None, gate: GateConfig) -> str:
    if now is None:
        return "missing"
    if not math.isfinite(now):
        return "not a number"
    if now < gate.min_accuracy:
        return f"below gate.min_accuracy, {gate.min_accuracy:.4f}"
    if before is not None and not now >= before - gate.tolerance:
        return f"dropped by more than {gate.tolerance:.4f}"
    return ""


def read_figure(metrics: dict | None, figure: str) -> float | None:
    """Return a figure by its dotted name, or None; NaN for what is no number."""
    value = metrics
    for part in figure.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def format_rows(rows: list[Row], measured_at: dict[str, str]) -> str:
    """Format the comparison as a Markdown table."""
    cells = []
    for row in rows:
        change = "" if None in (row.base, row.here) else f"{row.here - row.base:+.4f}"
        result = f"**{row.fault}**" if row.fault else ("new" if row.base is None else "ok")
        base, here = ("" if value is None else f"{value:.4f}" for value in (row.base, row.here))
        cells.append([row.recipe, row.figure, base, here, change, result, measured_at[row.recipe]])
    header = ["recipe", "figure", "base", "here", "change", "result", "measured at"]
    return format_table(header, cells, right={"base", "here", "change"})


def measured_at(folder: Path) -> str:
    """Return the commit that wrote a recipe's watched figures into its metrics, even if it was restamped since."""
    commits = git.commits_of(folder, METRICS)
    if not commits:
        return "not committed"
    now = _watched(folder, commits[0])
    return [commits[0], *takewhile(lambda commit: _watched(folder, commit) == now, commits[1:])][-1]


def _watched(folder: Path, commit: str) -> list[float | None]:
    metrics = _parse(git.text_at(commit, METRICS, folder), f"{folder / METRICS} at {commit}")
    return [read_figure(metrics, figure) for figure in WATCHED]


def _parse(text: str | None, path: str) -> dict | None:
    try:
        return None if text is None else json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not valid JSON ({error}); run `dvc repro` there.") from error

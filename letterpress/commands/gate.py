"""Notice that accuracy has fallen: compare every recipe's tracked figures with a base commit.

    python -m letterpress.commands.gate --base origin/main

Prints a Markdown table, with the commit at which each figure was measured, and
exits with status 1 where a figure has dropped beyond the recipe's tolerance,
lies below its floor, is missing or no number, or where parameters or metrics
do not belong to dvc.lock; with status 2 where the base cannot be resolved.
"""

import argparse
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.data import SplitConfig
from letterpress.configuration.project import GateConfig
from letterpress.configuration.training import TrainConfig
from letterpress.infrastructure import dvc_lock as lock
from letterpress.infrastructure import git as history
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError

METRICS = "metrics/ensemble.json"
WATCHED = {"validation.mean": "validation", "oof.accuracy": "validation", "holdout.accuracy": "holdout"}


@dataclass(frozen=True)
class Row:
    """One figure of one recipe, and what is wrong with it (nothing, if empty)."""

    recipe: str
    figure: str
    base: float | None
    here: float | None
    fault: str


def compare(recipe: str, base: dict | None, here: dict | None, gate: GateConfig, judged: set[str]) -> list[Row]:
    """Predictor a recipe's metrics: those of the parts that are judged must be there, and those that the base has."""
    rows = []
    for figure, part in WATCHED.items():
        before, now = lookup(base, figure), lookup(here, figure)
        if part in judged or before is not None or now is not None:
            rows.append(Row(recipe, figure, before, now, _fault(before, now, gate)))
    return rows


def judged_parts(split: SplitConfig, train: TrainConfig) -> set[str]:
    """Which of `validation` and `holdout` a recipe's parameters leave to be judged unseen."""
    learned = train.head is not None and train.head.fit_on_validation
    shares = {"validation": 0 if learned else split.validation, "holdout": split.holdout}
    return {part for part, share in shares.items() if share > 0}


def _fault(before: float | None, now: float | None, gate: GateConfig) -> str:
    if now is None:
        return "missing"
    if not math.isfinite(now):
        return "not a number"
    if now < gate.min_accuracy:
        return f"below the floor of {gate.min_accuracy:.4f}"
    if before is not None and not now >= before - gate.tolerance:
        return f"dropped by more than {gate.tolerance:.4f}"
    return ""


def lookup(metrics: dict | None, figure: str) -> float | None:
    """A figure by its dotted name, or None; what is no number counts as NaN."""
    value = metrics
    for part in figure.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def table(rows: list[Row], measured: dict[str, str]) -> str:
    """The comparison in Markdown; `measured` is the commit of each recipe's figures."""
    lines = [
        "| recipe | figure | base | here | change | | measured at |",
        "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        change = "" if None in (row.base, row.here) else f"{row.here - row.base:+.4f}"
        verdict = f"**{row.fault}**" if row.fault else ("new" if row.base is None else "ok")
        figures = f"{_shown(row.base)} | {_shown(row.here)} | {change}"
        lines.append(f"| {row.recipe} | {row.figure} | {figures} | {verdict} | {measured[row.recipe]} |")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


@dataclass
class GateReport:
    """What is known of all recipes: figures, what does not belong to dvc.lock, and what lags behind the code."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)
    measured: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.faults and not any(row.fault for row in self.rows)

    def text(self) -> str:
        """Markdown."""
        lines = [table(self.rows, self.measured)]
        if self.faults:
            lines += ["", "Not as dvc.lock has it (run `dvc repro` there, and commit):"]
        lines += [f"- {fault}" for fault in self.faults]
        if self.behind:
            lines += ["", "Older than the code:"]
        lines += [f"- {line}" for line in self.behind]
        if self.not_run:
            lines += ["", f"Not run yet: {', '.join(self.not_run)}"]
        return "\n".join(lines)


def check(base: str, root: Path = recipes.ROOT) -> tuple[str, bool]:
    """Compare all recipes with the commit `base`; returns the text to print, and whether all is well."""
    commit = history.resolve(base, root)
    folders = recipes.folders(root)
    gone = _recipes_at(commit, root) - {history.relative(folder, root) for folder in folders}
    findings = GateReport(faults=[f"{name}: the recipe is gone, but the base has it" for name in sorted(gone)])
    for folder in folders:
        _check_recipe(folder, commit, root, findings)
    return f"Base: {base} ({commit[:7]})\n\n{findings.text()}", findings.passed


def _check_recipe(folder: Path, commit: str, root: Path, findings: GateReport) -> None:
    name, path = recipes.name_of(folder, root), folder / METRICS
    gate = loader.load(GateConfig, "gate", folder / "params.yaml")
    here = _parse(path.read_text(encoding="utf-8") if path.exists() else None, str(path))
    then = history.relative(path, root)
    old = _parse(history.text_at(commit, then, root), f"{then} at {commit}")
    lock_file = folder / "dvc.lock"
    if here is None and old is None and not lock_file.exists():
        findings.not_run.append(name)
        return
    split, train = (
        loader.load(k, key, folder / "params.yaml") for k, key in ((SplitConfig, "split"), (TrainConfig, "train"))
    )
    findings.rows += compare(name, old, here, gate, judged_parts(split, train))
    findings.measured[name] = _measured(folder, root)
    recorded = loader.read_yaml(lock_file) if lock_file.exists() else {}
    faults, lagging = lock.faults_of(lock.status_of(folder), recorded.get("stages", {}), gate.strict)
    faults += lock.broken_links(recorded) if recorded else [f"{lock_file.name} is missing"]
    findings.faults += [f"{name}: {fault}" for fault in faults]
    if lagging:
        findings.behind.append(f"{name}: its code has changed since {findings.measured[name]}")


def _measured(folder: Path, root: Path) -> str:
    """The commit that last changed a recipe's dvc.lock."""
    path = str((folder / "dvc.lock").resolve())
    if history.git(root, "status", "--porcelain", "--", path):
        return "not committed"
    return history.git(root, "log", "-1", "--format=%h", "--", path).strip()


def _recipes_at(commit: str, root: Path) -> set[str]:
    files = history.files_at(commit, root, "params.yaml", "recipes")
    return {str(Path(file).parent) for file in files if Path(file).name == "params.yaml"}


def _parse(text: str | None, path: str) -> dict | None:
    try:
        return None if text is None else json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not valid JSON ({error}); run `dvc repro` there.") from error


def main() -> None:
    """Print the comparison and exit by its outcome."""
    parser = argparse.ArgumentParser(prog="python -m letterpress.commands.gate", description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="origin/main", help="a commit, branch or tag")
    try:
        text, passed = check(parser.parse_args().base)
    except UserError as error:
        print(f"gate: {error}", file=sys.stderr)
        sys.exit(2)
    print(text)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()

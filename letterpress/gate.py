"""Notice that accuracy has fallen: compare every recipe's tracked figures with a base commit.

    python -m letterpress.gate --base origin/main

Prints a Markdown table, with the commit at which each figure was measured, and
exits with status 1 where a figure has dropped beyond the recipe's tolerance,
lies below its floor, is missing or no number, or where parameters or metrics
do not belong to dvc.lock; with status 2 where the base cannot be resolved.
"""

import argparse
import json
import math
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from letterpress import recipes
from letterpress.errors import UserError
from letterpress.params import loading
from letterpress.params.gate import Gate
from letterpress.params.split import Split

METRICS = "metrics/ensemble.json"
WATCHED = {"validation.mean": "validation", "oof.accuracy": "validation", "holdout.accuracy": "holdout"}
NOT_HERE = {"deleted", "not in cache"}  # no fault of data that this clone has no copy of
DATA = ("data/", "models/", "report/")


@dataclass(frozen=True)
class Row:
    """One figure of one recipe, and what is wrong with it (nothing, if empty)."""

    recipe: str
    figure: str
    base: float | None
    here: float | None
    fault: str


def compare(recipe: str, base: dict | None, here: dict | None, gate: Gate, split: Split) -> list[Row]:
    """Judge a recipe's metrics: those that its split makes must be there, and those that the base has."""
    rows = []
    for figure, share in WATCHED.items():
        before, now = lookup(base, figure), lookup(here, figure)
        if getattr(split, share) > 0 or before is not None or now is not None:
            rows.append(Row(recipe, figure, before, now, _fault(before, now, gate)))
    return rows


def _fault(before: float | None, now: float | None, gate: Gate) -> str:
    if now is None:
        return "missing"
    if not math.isfinite(now):
        return "not a number"
    if now < gate.floor:
        return f"below the floor of {gate.floor:.4f}"
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


def lock_faults(status: dict[str, list], strict: bool) -> tuple[list[str], list[str]]:
    """From `dvc status --json`: what does not belong to dvc.lock, and where code has moved on.

    Code that has moved on is a fault only for a strict recipe.
    """
    faults, behind = [], []
    for stage, changes in status.items():
        for change in changes:
            paths = change if isinstance(change, dict) else {str(change): {str(change): "changed"}}
            for path, state in (item for group in paths.values() for item in _items(group)):
                plain = path.replace("../", "").removeprefix("./")
                if state in NOT_HERE and plain.startswith(DATA):
                    continue
                is_code = plain.startswith(("letterpress/", "stages/"))
                (behind if is_code and not strict else faults).append(f"{stage}: {path} {state}")
    return faults, behind


def _items(group: dict | str) -> list[tuple[str, str]]:
    """Flatten what DVC says of a file or, one level deeper, of a file's parameters."""
    if not isinstance(group, dict):
        return [(str(group), "changed")]
    items = []
    for path, state in group.items():
        if isinstance(state, dict):
            items += [(f"{path}: {key}", str(value)) for key, value in state.items()]
        else:
            items.append((path, str(state)))
    return items


def broken_links(lock: dict) -> list[str]:
    """Where a stage was last run on something else than what the stage before it has made, by dvc.lock alone."""
    stages = lock.get("stages", {})
    made = {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}
    return [
        f"{name}: was not run on the {dep['path']} that is there now"
        for name, stage in stages.items()
        for dep in stage.get("deps", [])
        if made.get(dep["path"], dep["md5"]) != dep["md5"]
    ]


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
class Findings:
    """What is known of all recipes: figures, what does not belong to dvc.lock, and what lags behind the code."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
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
        return "\n".join(lines + [f"- {line}" for line in self.behind])


def check(base: str, root: Path = recipes.ROOT) -> tuple[str, bool]:
    """Compare all recipes with the commit `base`; returns the text to print, and whether all is well."""
    commit = resolve(base, root)
    folders = recipes.folders(root)
    gone = _recipes_at(commit, root) - {_relative(folder, root) for folder in folders}
    findings = Findings(faults=[f"{name}: the recipe is gone, but the base has it" for name in sorted(gone)])
    for folder in folders:
        _check_recipe(folder, commit, root, findings)
    return f"Base: {base} ({commit[:7]})\n\n{findings.text()}", findings.passed


def _check_recipe(folder: Path, commit: str, root: Path, findings: Findings) -> None:
    name, path = recipes.name_of(folder, root), folder / METRICS
    gate = loading.load(Gate, "gate", folder / "params.yaml")
    split = loading.load(Split, "split", folder / "params.yaml")
    here = _parse(path.read_text(encoding="utf-8"), str(path)) if path.exists() else None
    old = _show(commit, f"{_relative(folder, root)}/{METRICS}", root)
    findings.rows += compare(name, old, here, gate, split)
    findings.measured[name] = _measured(folder, root)
    lock = folder / "dvc.lock"
    faults, lagging = lock_faults(_status(folder), gate.strict)
    faults += broken_links(loading.read_yaml(lock)) if lock.exists() else [f"{lock.name} is missing"]
    findings.faults += [f"{name}: {fault}" for fault in faults]
    if lagging:
        findings.behind.append(f"{name}: its code has changed since {findings.measured[name]}")


def _measured(folder: Path, root: Path) -> str:
    """The commit that last changed a recipe's dvc.lock."""
    lock = str((folder / "dvc.lock").resolve())
    if _git(root, "status", "--porcelain", "--", lock):
        return "not committed"
    return _git(root, "log", "-1", "--format=%h", "--", lock).strip()


def resolve(base: str, root: Path) -> str:
    """The commit that a revision names."""
    try:
        return _git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"the base {base} cannot be resolved; fetch it (a shallow clone needs `git fetch --unshallow`) "
            "or name another with BASE=."
        ) from error


def _recipes_at(commit: str, root: Path) -> set[str]:
    files = _git(root, "ls-tree", "-r", "--name-only", commit, "--", "params.yaml", "recipes").splitlines()
    return {str(Path(file).parent) for file in files if Path(file).name == "params.yaml"}


def _relative(folder: Path, root: Path) -> str:
    return folder.resolve().relative_to(root.resolve()).as_posix()


def _show(commit: str, path: str, root: Path) -> dict | None:
    """A JSON file as the commit has it, or None."""
    try:
        return _parse(_git(root, "show", f"{commit}:{path.removeprefix('./')}"), f"{path} at {commit}")
    except subprocess.CalledProcessError:
        return None


def _parse(text: str, path: str) -> dict:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not valid JSON ({error}); run `dvc repro` there.") from error


def _status(folder: Path) -> dict[str, list]:
    command = [sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f"{folder}: dvc status failed: {error.stderr.strip()[-300:]}") from error
    return json.loads(done.stdout or "{}")


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Print the comparison and exit by its outcome."""
    parser = argparse.ArgumentParser(prog="python -m letterpress.gate", description=__doc__.splitlines()[0])
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

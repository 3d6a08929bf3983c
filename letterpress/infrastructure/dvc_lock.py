"""Check whether a recipe's dvc.lock fits its code, parameters and metrics."""

import json
import subprocess
import sys
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.same_code import is_code

MISSING = {"deleted", "not in cache"}  # no fault of data, of which a clone need not have a copy
DATA = ("data/", "models/", "report/")


@dataclass
class LockStatus:
    """What `dvc status` says of a recipe, sorted by what follows from it."""

    faults: list[str] = field(default_factory=list)  # parameters, commands and metrics that differ from dvc.lock
    added: list[str] = field(default_factory=list)  # stages, dependencies and parameters that dvc.lock has not yet
    code: set[tuple[str, str]] = field(default_factory=set)  # stage and path of each dependency on code that differs


def read_status(status: dict[str, list], recorded: Container[str], folder: Path) -> LockStatus:
    """Sort `dvc status --json`.

    Args:
        status: changes by stage.
        recorded: the stages in dvc.lock.
        folder: the recipe's; data that is not there, an empty folder included, is no fault.
    """
    found = LockStatus()
    for stage, changes in status.items():
        if stage not in recorded:
            found.added.append(f"{stage} is not in dvc.lock")
            continue
        for path, state in (item for change in changes for item in _items(change)):
            if path.startswith(DATA) and (state in MISSING or _is_empty(folder / path)):
                continue
            if state == "new":
                found.added.append(f"{stage}: {path} new")
            elif is_code(path):
                found.code.add((stage, path))
            else:
                found.faults.append(f"{stage}: {path} {state}")
    return found


def _items(change: dict | str) -> list[tuple[str, str]]:
    """Flatten what DVC says of files or, one level deeper, of a file's parameters."""
    if not isinstance(change, dict):
        return [(change, "changed")]
    items = []
    for path, state in (item for group in change.values() for item in group.items()):
        keys = {f"{path}: {key}": value for key, value in state.items()} if isinstance(state, dict) else {path: state}
        items += keys.items()
    return items


def _is_empty(path: Path) -> bool:
    """Say whether a folder holds no file: `dvc checkout` makes such folders for data that is not in the cache."""
    return path.is_dir() and not any(file.is_file() for file in path.rglob("*"))


def broken_links(lock: dict) -> list[str]:
    """Name dependencies in dvc.lock that have another hash than the output of the stage before."""
    stages = lock.get("stages", {})
    outputs = {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}
    return [
        f"{name}: was not run on the {dep['path']} of the stage before"
        for name, stage in stages.items()
        for dep in stage.get("deps", [])
        if outputs.get(dep["path"], dep["md5"]) != dep["md5"]
    ]


def status_of(folder: Path) -> dict[str, list]:
    """Return what `dvc status --json` says of a recipe's stages."""
    command = [sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f"{folder}: dvc status failed: {error.stderr.strip()[-300:]}") from error
    return json.loads(done.stdout or "{}")

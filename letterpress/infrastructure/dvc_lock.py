"""Check whether a recipe's dvc.lock fits its code, parameters and metrics."""

import json
import subprocess
import sys
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.same_code import hash_of_folder, is_code

DATA = ("data/", "models/", "report/")  # not in git: what a clone has of it, if anything, changes no figure


@dataclass
class LockStatus:
    """What `dvc status` says of a recipe, sorted by what follows from it."""

    faults: list[str] = field(default_factory=list)  # parameters, commands and metrics that differ from dvc.lock
    added: list[str] = field(default_factory=list)  # stages, dependencies and parameters that dvc.lock has not yet
    code: set[tuple[str, str]] = field(default_factory=set)  # stage and path of each dependency on code that differs


def read_status(status: dict[str, list], recorded: Container[str]) -> LockStatus:
    """Sort `dvc status --json`, changes by stage, given the stages in dvc.lock; data is left out, here or not."""
    found = LockStatus()
    for stage, changes in status.items():
        if stage not in recorded:
            found.added.append(f"{stage} is not in dvc.lock")
            continue
        for path, state in (item for change in changes for item in _items(change)):
            if state == "new":
                found.added.append(f"{stage}: {path} new")
            elif path.startswith(DATA):
                continue
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


def broken_links(lock: dict, keys: Iterable[str]) -> list[str]:
    """Name dependencies in dvc.lock that are not the outputs of the stages before, by their hashes.

    Args:
        lock: its content.
        keys: of members and networks; stages of others, which DVC keeps in dvc.lock, are gone.
    """
    known = {"", *keys}
    stages = {name: stage for name, stage in lock["stages"].items() if name.partition("@")[2] in known}
    outputs = {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}
    return [
        f"{name}: was not run on the {dep['path']} of the stage before"
        for name, stage in stages.items()
        for dep in stage.get("deps", [])
        if _made(dep["path"], outputs) not in (None, dep["md5"])
    ]


def _made(path: str, outputs: dict[str, str]) -> str | None:
    """Return the hash of an output, or of the folder that several are in; None for what is neither."""
    within = {output: md5 for output, md5 in outputs.items() if output.startswith(f"{path}/")}
    return outputs.get(path) or (hash_of_folder(path, within) if within else None)


def status_of(folder: Path) -> dict[str, list]:
    """Return what `dvc status --json` says of a recipe's stages."""
    command = [sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f"{folder}: dvc status failed: {error.stderr.strip()[-300:]}") from error
    return json.loads(done.stdout or "{}")

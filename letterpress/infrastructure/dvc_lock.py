"""Whether a recipe's dvc.lock belongs to the code, parameters and figures beside it."""

import json
import subprocess
import sys
from collections.abc import Container
from pathlib import Path

from letterpress.infrastructure.errors import UserError

NOT_HERE = {"deleted", "not in cache"}  # no fault of data that this clone has no copy of
ADDED = {"new"}  # what the pipeline had not when the lock was written
DATA = ("data/", "models/", "report/")


def faults_of(status: dict[str, list], recorded: Container[str], strict: bool) -> tuple[list[str], list[str]]:
    """What does not belong to dvc.lock, and where the pipeline has moved on since, from `dvc status --json`.

    `recorded` are the stages in dvc.lock. Changed code, new stages and new dependencies are faults of a strict
    recipe alone.
    """
    faults, behind = [], []
    for stage, changes in status.items():
        if stage not in recorded:
            (faults if strict else behind).append(f"{stage} is not in dvc.lock")
            continue
        for change in changes:
            paths = change if isinstance(change, dict) else {str(change): {str(change): "changed"}}
            for path, state in (item for group in paths.values() for item in _items(group)):
                plain = path.replace("../", "").removeprefix("./")
                if state in NOT_HERE and plain.startswith(DATA):
                    continue
                moved_on = plain.startswith(("letterpress/", "stages/")) or state in ADDED
                (behind if moved_on and not strict else faults).append(f"{stage}: {path} {state}")
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


def status_of(folder: Path) -> dict[str, list]:
    """What `dvc status --json` says of a recipe's stages."""
    command = [sys.executable, "-m", "dvc", "status", "--json", "dvc.yaml"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except subprocess.CalledProcessError as error:
        raise UserError(f"{folder}: dvc status failed: {error.stderr.strip()[-300:]}") from error
    return json.loads(done.stdout or "{}")

"""Runs with real DVC in a clone: the project's files as they are now, with parameters that take seconds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tests.imports import ROOT

EPOCHS = 6


def environment() -> dict[str, str]:
    """Return this process's variables with this Python's commands first, as in an activated .venv."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PATH": path}


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def stages_run(output: str) -> list[str]:
    return re.findall(r"^Running stage '(.*)':", output, re.MULTILINE)


def commit(folder: Path) -> None:
    run(folder, "git", "add", "-A")
    run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "state")


def small_clone(folder: Path) -> Path:
    """Copy the project's files as they are now, with parameters that take seconds."""
    files = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate").splitlines()
    for name in files:
        if (ROOT / name).is_file() and not name.startswith(("recipes/", "metrics/")) and name != "dvc.lock":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    change(folder, lambda params: shrink(params))
    run(folder, "git", "init", "-q")
    commit(folder)
    return folder


def change(folder: Path, edit) -> None:
    path = folder / "params.yaml"
    params = yaml.safe_load(path.read_text())
    edit(params)
    path.write_text(yaml.safe_dump(params, sort_keys=False))


def shrink(params: dict) -> None:
    params["dataset"]["synthetic"] |= {"train_images": 1500, "test_images": 40}
    params["split"] |= {"holdout": 0.1, "validation": 0.1}
    params["train"]["phases"][0] |= {"epochs": EPOCHS}
    kwargs = {"width": 4, "dense": 16, "dropout": 0.1}
    params["ensemble"]["members"] = {f"m{i}": {"network": "stem_vgg_bn", "seed": i, "kwargs": kwargs} for i in (0, 1)}

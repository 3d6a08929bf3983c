"""Measure the minutes to the published accuracy: the quick recipes, from archive to submission.

Each round runs a recipe by `dvc repro` in a fresh clone with an empty cache, its members with seeds of
their own. A Keras user's script for digits is trained once; its time is that of the first epoch with the
mean accuracy of digits-quick on the same hold-out, or of all its epochs where none has. What is done is
kept in build/minutes, each run in its clone: a measurement that was stopped goes on from there. The
archives come from Kaggle, or from LETTERPRESS_ARCHIVES.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from benchmarks.contest import QUIET, ROOT, summarize_spread
from letterpress.commands.table import read_accuracies
from letterpress.configuration.params import load_params
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.datasets.splits import make_holdout
from letterpress.infrastructure.files import write_json
from letterpress.infrastructure.git import git
from letterpress.sources.fetch import fetch
from letterpress.storage.prepared import LABELLED, load_array, load_labels

FOLDER = ROOT / "build/minutes"
DIGITS = "digits-quick"
RECIPES = ("devanagari-quick", DIGITS, "julia-quick")
KERAS = "digits, a Keras script"
SCRIPT = "benchmarks/workers/keras_digits.py"
SEEDS_BETWEEN_ROUNDS = 100
SOURCES = ("letterpress", "stages", "dvc.yaml", "recipes/{}/params.yaml")


def measure(rounds: int) -> dict:
    """Return each recipe's minutes and accuracies over the rounds, and the published accuracies."""
    runs = {recipe: [] for recipe in RECIPES}
    for number in range(rounds):
        for recipe in RECIPES:
            runs[recipe].append(_run(recipe, number))
    figures = {recipe: summarize_runs(taken) for recipe, taken in runs.items()}
    reached = first_epoch_with(figures[DIGITS]["accuracy"]["all"]["mean"], _train_keras())
    return figures | {KERAS: summarize_runs([reached])}


def summarize_runs(runs: list[dict]) -> dict:
    """Return mean, least and greatest of the minutes and of each accuracy, and the published accuracy beside it."""
    accuracies = {
        group: {"published": published} | summarize_spread([run["accuracy"][group] for run in runs], 4)
        for group, published in runs[0]["published"].items()
    }
    return {"minutes": summarize_spread([run["seconds"] / 60 for run in runs], 2), "accuracy": accuracies}


def _run(recipe: str, number: int) -> dict:
    """Run a recipe in a clone of the last commit, unless that is done with the same code and parameters."""
    path = FOLDER / f"results/{recipe}, round {number}.json"
    sources = _hashes(*(name.format(recipe) for name in SOURCES))
    if run := _load_done(path, sources):
        return run
    clone = FOLDER / f"{recipe}, round {number}"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    folder = clone / "recipes" / recipe
    shift_seeds(folder / "params.yaml", SEEDS_BETWEEN_ROUNDS * number)
    environment = os.environ | QUIET | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "dvc", "repro"], cwd=folder, env=environment, check=True)
    run = {"sources": sources, "seconds": round(time.perf_counter() - started, 1)} | _accuracies(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, run)
    print(path.stem, run, flush=True)
    return run


def _train_keras() -> dict:
    """Train the script of Keras on the images of digits-quick, unless that is done with the same code and parameters.

    Returns each epoch's accuracy on the hold-out and seconds from the archive on, and the published accuracy.
    """
    path, folder = FOLDER / f"results/{KERAS}.json", FOLDER / "keras"
    sources = _hashes(SCRIPT, f"recipes/{DIGITS}/params.yaml")
    if run := _load_done(path, sources):
        return run
    folder.mkdir(parents=True, exist_ok=True)
    params = load_params(ROOT / "recipes" / DIGITS / "params.yaml")
    started = time.time()
    with chdir(folder):
        fetch(params.dataset, Path("digits.zip"))
        preprocess_dataset(Path("digits.zip"), params.dataset.layout, params.image)
        images, labels = load_array(LABELLED / "images.npy"), load_labels()
        train, holdout = make_holdout(labels, params.split.holdout, params.split.seed)
        arrays = {"images": images[train], "labels": labels[train]}
        evaluation = {"evaluation_images": images[holdout], "evaluation_labels": labels[holdout]}
        np.savez("data.npz", **arrays, **evaluation)
    published = params.baseline.accuracy
    arguments = map(str, (folder / "data.npz", published["all"], folder / "history.json"))
    command = [sys.executable, "-m", "benchmarks.workers.keras_digits", *arguments]
    subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, check=True)
    history = json.loads((folder / "history.json").read_text(encoding="utf-8"))
    seconds = [round(ended - started, 1) for ended in history["ended"]]
    run = {"sources": sources, "accuracy": history["accuracy"], "seconds": seconds, "published": published}
    write_json(path, run)
    return run


def first_epoch_with(accuracy: float, run: dict) -> dict:
    """Return the first epoch of a Keras run that has the accuracy, or the best with the seconds of all, as a run."""
    accuracies, seconds = run["accuracy"], run["seconds"]
    epoch = next((i for i, reached in enumerate(accuracies) if reached >= accuracy), None)
    best, taken = (max(accuracies), seconds[-1]) if epoch is None else (accuracies[epoch], seconds[epoch])
    return {"seconds": taken, "accuracy": {"all": best}, "published": run["published"]}


def _hashes(*paths: str) -> list[str]:
    """Return the git hashes of committed files and folders."""
    return git(ROOT, "rev-parse", *(f"HEAD:{path}" for path in paths)).split()


def _load_done(path: Path, sources: list[str]) -> dict | None:
    """Return what was measured with the same sources, or None."""
    run = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return run if run and run["sources"] == sources else None


def shift_seeds(params: Path, by: int) -> None:
    """Add a number to the seeds of all members, and so of their splits, and of all pre-trained networks."""
    editor = YAML()
    values = editor.load(params)
    for seeded in (*values["ensemble"]["members"].values(), *filter(None, values["pretrain"]["networks"].values())):
        seeded["seed"] += by
    editor.dump(values, params)


def _accuracies(folder: Path) -> dict:
    """Return the accuracies that a recipe's run reached, by group, and the published ones."""
    details = json.loads((folder / "metrics/details.json").read_text(encoding="utf-8"))
    published = load_params(folder / "params.yaml").baseline.accuracy
    part = details.get("holdout") or details["oof"]
    reached = {group: read_accuracies(details, part, group).ensemble[0] for group in published}
    return {"accuracy": reached, "published": published}

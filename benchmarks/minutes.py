"""Measure the minutes to the published accuracy: the quick recipes, from archive to submission.

Each round runs a recipe by `dvc repro` in a fresh clone with an empty cache, its members with seeds of
their own. A Keras user's script for digits is trained once, until the mean accuracy that digits-quick
reached, by the same hold-out. What is done is kept in build/minutes, each run in its clone: a measurement
that was stopped goes on from there. The archives come from Kaggle, or from LETTERPRESS_ARCHIVES.
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
SEEDS_BETWEEN_ROUNDS = 100
SOURCES = ("letterpress", "stages", "dvc.yaml", "recipes/{}/params.yaml")


def measure(rounds: int) -> dict:
    """Return each recipe's minutes and accuracies over the rounds, and the published accuracies."""
    runs = {recipe: [] for recipe in RECIPES}
    for number in range(rounds):
        for recipe in RECIPES:
            runs[recipe].append(_run(recipe, number))
    figures = {recipe: summarize_runs(taken) for recipe, taken in runs.items()}
    return figures | {KERAS: summarize_runs([_run_keras(figures[DIGITS]["accuracy"]["all"]["mean"])])}


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
    sources = git(ROOT, "rev-parse", *(f"HEAD:{name.format(recipe)}" for name in SOURCES)).split()
    if path.exists() and (run := json.loads(path.read_text(encoding="utf-8")))["sources"] == sources:
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


def _run_keras(accuracy: float) -> dict:
    """Train the script of Keras on the images of digits-quick until an accuracy, unless that is done."""
    path, folder = FOLDER / "results/keras.json", FOLDER / "keras"
    if path.exists() and (run := json.loads(path.read_text(encoding="utf-8")))["until"] == accuracy:
        return run
    folder.mkdir(parents=True, exist_ok=True)
    params = load_params(ROOT / "recipes" / DIGITS / "params.yaml")
    started = time.perf_counter()
    with chdir(folder):
        fetch(params.dataset, Path("digits.zip"))
        preprocess_dataset(Path("digits.zip"), params.dataset.layout, params.image)
        images, labels = load_array(LABELLED / "images.npy"), load_labels()
        train, holdout = make_holdout(labels, params.split.holdout, params.split.seed)
        arrays = {"images": images[train], "labels": labels[train]}
        evaluation = {"evaluation_images": images[holdout], "evaluation_labels": labels[holdout]}
        np.savez("data.npz", **arrays, **evaluation)
    command = [sys.executable, "-m", "benchmarks.workers.keras_digits", str(folder / "data.npz"), str(accuracy)]
    output = subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, check=True, stdout=subprocess.PIPE, text=True)
    trained = json.loads(output.stdout.splitlines()[-1])
    run = {"until": accuracy, "epochs": trained["epochs"], "seconds": round(time.perf_counter() - started, 1)}
    run |= {"accuracy": {"all": trained["accuracy"]}, "published": params.baseline.accuracy}
    write_json(path, run)
    return run


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

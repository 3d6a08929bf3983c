"""Measure accuracy by the number of labelled images of a class, with and without synthetic pre-training.

Draws of First Steps With Julia are trained on with the values that `letterpress new`
writes for as many images, by one member instead of three; so is a Keras user's script.
All are evaluated on the third of the labelled images that no draw contains. What is
done is kept in build/few-images: a measurement that was stopped goes on from there.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import chdir
from dataclasses import replace
from functools import cache
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import keras
import numpy as np

from benchmarks.contest import QUIET, ROOT, summarize_spread
from letterpress.commands.new import TEMPLATE
from letterpress.commands.recipe_values import fill_template
from letterpress.configuration.params import Params, load_params
from letterpress.datasets.archive import Archive
from letterpress.datasets.inspection import DatasetInfo, inspect_dataset
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.datasets.splits import make_member_split, stratified_split
from letterpress.evaluation.metrics import compute_metrics
from letterpress.inference.member import load_member
from letterpress.inference.tta import MemberPredictor
from letterpress.infrastructure.files import write_json, write_text
from letterpress.sources.fetch import fetch
from letterpress.storage.prepared import LABELLED, PREPARED, SYNTHETIC, load_array, load_classes, load_labels
from letterpress.storage.splits import save_splits
from stages import pretrain, render, train

FOLDER = ROOT / "build/few-images"
PER_CLASS = (2, 5, 10, 20, 50)
EVALUATED = 1 / 3  # fraction of the labelled images
PRETRAINED, FROM_SCRATCH, KERAS = "Letterpress, pre-trained", "Letterpress, from scratch", "Keras"
MEMBER, NETWORK = "m0", "stem_vgg_bn"


def measure(rounds: int) -> dict:
    """Return accuracy, macro-F1 and number of images by method and images a class, of `rounds` draws each."""
    runtime.prepare("auto")
    for method in (PRETRAINED, FROM_SCRATCH):
        with chdir(_folder(method)):
            _prepare(method)
    runs = {method: {k: [] for k in PER_CLASS} for method in METHODS}
    for draw in range(rounds):
        for method in METHODS:
            for k in PER_CLASS:
                runs[method][k].append(_run(method, k, draw))
    return {method: {str(k): summarize(taken) for k, taken in sizes.items()} for method, sizes in runs.items()}


def summarize(runs: list[dict]) -> dict:
    """Return mean, least and greatest of each metric, four digits, and the mean number of images drawn."""
    metrics = ("accuracy", "macro_f1")
    figures = {metric: summarize_spread([run[metric] for run in runs], 4) for metric in metrics}
    return figures | {"n_images": round(np.mean([run["n_images"] for run in runs]))}


def _folder(method: str) -> Path:
    """Return the method's folder, a recipe's but for DVC; the script of Keras shares the prepared images."""
    folder = FOLDER / (FROM_SCRATCH if method == KERAS else method)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def _inspect() -> tuple[Path, DatasetInfo]:
    """Fetch the archive, once; return it and what it is."""
    dataset = load_params(ROOT / "recipes/julia-quick/params.yaml").dataset
    archive = FOLDER / f"{dataset.name}.zip"
    if not archive.exists():
        fetch(dataset, archive)
    return archive, inspect_dataset(Archive(archive))


def _prepare(method: str) -> None:
    """Write the prepared images and the pre-trained network, unless that is done."""
    archive, info = _inspect()
    params = choose_params(method, info.counts, PER_CLASS[0])
    if not PREPARED.exists():
        preprocess_dataset(archive, info.layout, params.image)
    if not SYNTHETIC.exists():
        render.main(params)
    if not Path("models/pretrained").exists():
        Path("models").mkdir()
        pretrain.main(params, NETWORK)


def choose_params(method: str, counts: Counter, per_class: int) -> Params:
    """Return the values that `letterpress new` writes for `per_class` images of each class, or as many as there are.

    From scratch the classes have names that cannot be rendered.
    """
    archive, info = _inspect()
    prefix = "letter " if method == FROM_SCRATCH else ""
    drawn = Counter({f"{prefix}{name}": min(count, per_class) for name, count in counts.items()})
    template = (ROOT / TEMPLATE).read_text(encoding="utf-8")
    text = fill_template(template, "few", archive, replace(info, counts=drawn))
    write_text(Path("params.yaml"), text)
    return load_params()


def draw_images(labels: np.ndarray, per_class: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of each class, as many as there are; return their indices and those to evaluate on, sorted.

    Args:
        labels: of all labelled images, int (n,).
        per_class: images to draw of each class.
        draw: seed of the draw; the images to evaluate on are the same for all.
    """
    pool, evaluated = stratified_split(np.arange(len(labels)), labels, EVALUATED, seed=0)
    shuffled = np.random.default_rng((per_class, draw)).permutation(pool)
    drawn = [shuffled[labels[shuffled] == label][:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(drawn)), evaluated


def _run(method: str, per_class: int, draw: int) -> dict:
    """Train on one draw and evaluate, unless that is done."""
    path = FOLDER / f"results/{method}, {per_class} a class, draw {draw}.json"
    if not path.exists():
        with chdir(_folder(method)):
            labels, started = load_labels(), time.perf_counter()
            drawn, evaluated = draw_images(labels, per_class, draw)
            probabilities = METHODS[method](method, drawn, evaluated)
            figures = compute_metrics(probabilities, labels[evaluated], load_classes())
            seconds = round(time.perf_counter() - started, 1)
        path.parent.mkdir(exist_ok=True)
        write_json(path, figures | {"n_images": len(drawn), "seconds": seconds})
        print(path.stem, figures["accuracy"], f"{seconds} s", flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


def _run_letterpress(method: str, drawn: np.ndarray, evaluated: np.ndarray) -> np.ndarray:
    """Return the probabilities of a member, float32 (m, classes), that is trained as the stage `train` does."""
    labels, classes = load_labels(), load_classes()
    counts = Counter(classes[label] for label in labels[drawn])
    params = choose_params(method, counts, len(drawn))
    split = make_member_split(labels, drawn, params.split.validation, params.ensemble.members[MEMBER].seed)
    save_splits({MEMBER: split}, evaluated)
    keras.backend.clear_session()
    train.main(params, MEMBER)
    predictor = MemberPredictor(load_member(Path("models", MEMBER)), params.predict.tta)
    return predictor.predict_proba([load_array(LABELLED / "images.npy")[evaluated]])


def _run_keras(_method: str, drawn: np.ndarray, evaluated: np.ndarray) -> np.ndarray:
    """Return the probabilities of the Keras user's script, float32 (m, classes)."""
    images, labels = load_array(LABELLED / "images.npy"), load_labels()
    data, out = Path("keras.npz").resolve(), Path("keras.npy").resolve()
    np.savez(data, images=images[drawn], labels=labels[drawn], evaluation_images=images[evaluated])
    command = [sys.executable, "-m", "benchmarks.workers.keras_few", str(data), str(out)]
    subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, check=True)
    return np.load(out)


METHODS = {PRETRAINED: _run_letterpress, FROM_SCRATCH: _run_letterpress, KERAS: _run_keras}

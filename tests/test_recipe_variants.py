"""Recipes with other members, phases and channels than the default one, run by DVC in a clone."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from letterpress.training import csv_log
from tests.clones import change, run, small_clone, stages_run
from tests.extras import needs_letters

SIDE = 16
IMAGES = 16  # of each class
CLASSES = ["across/high", "across/low", "upright/left", "upright/middle", "upright/right"]
AREAS = [(slice(1, 5), ...), (slice(11, 15), ...), (..., slice(1, 5)), (..., slice(6, 10)), (..., slice(11, 15))]
STILL = {"rotation": 0, "shear": 0, "translation": 0, "zoom": 0, "brightness": 0, "invert": 0}
SVC = {"name": "svc", "c": [1, 10], "gamma": [0.01, 0.1], "folds": 2}


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """A folder of noisy bars, a folder a class."""
    folder = tmp_path_factory.mktemp("letters")
    rng = np.random.default_rng(0)
    for name, area in zip(CLASSES, AREAS, strict=True):
        (folder / name).mkdir(parents=True)
        for i in range(IMAGES):
            pixels = rng.integers(0, 60, (SIDE, SIDE), dtype=np.uint8)
            pixels[area] += np.uint8(rng.integers(100, 180))
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def ran(folder, letters, edit):
    """A clone in which the recipe of these letters, changed by `edit`, has run to its end."""

    def of_bars(params):
        params["dataset"] |= {"source": "local", "layout": "class-folders", "path": str(letters), "synthetic": None}
        params["image"] |= {"height": SIDE, "width": SIDE}
        params["aug"] |= STILL
        params["train"]["batch_size"] = 16
        params["predict"]["tta"] = params["predict"]["tta"][:1]
        del params["ensemble"]["members"]["m1"]
        edit(params)

    small_clone(folder)
    change(folder, of_bars)
    run(folder, "dvc", "repro")
    return folder


def read(folder, name):
    return json.loads((folder / "metrics" / f"{name}.json").read_text())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_heads_by_group_fitted_on_validation_images_are_evaluated_on_the_holdout(tmp_path, letters):
    def edit(params):
        params["split"] |= {"holdout": 0.25, "validation": 0.25}
        params["train"] |= {"monitor": "loss", "head": SVC | {"by_group": True, "fit_on_validation": True}}

    folder = ran(tmp_path, letters, edit)
    figures = read(folder, "ensemble")
    assert list(figures) == ["holdout"]
    details = read(folder, "details")
    groups = details["holdout"]["groups"]
    assert {name: group["n"] for name, group in groups.items()} == {"across": 8, "upright": 12}
    for group in groups.values():
        assert list(group) == ["accuracy", "accuracy_within", "n"]
        assert group["accuracy_within"] >= max(group["accuracy"], 0.9)
    assert list(details["members"]["m0"]) == ["holdout"]
    assert names(folder / "models/m0") == ["heads.npz", "member.json", "network.weights.h5"]
    assert (folder / "data/submission.csv").read_text() == "ID,Class\n"
    page = (folder / "report/index.html").read_text()
    assert "<td>m0, hold-out</td>" in page
    assert "<td>m0, validation</td>" not in page


def test_principal_components_and_a_head_need_no_epoch(tmp_path, letters):
    def edit(params):
        params["dataset"]["classes"] = "upright/*"
        params["split"] |= {"holdout": 0, "validation": 0.25}
        params["train"] |= {"phases": [], "head": SVC | {"by_group": False, "fit_on_validation": False}}
        params["ensemble"]["members"] = {"m0": {"network": "pca", "seed": 0, "kwargs": {"components": 4}}}
        params["pretrain"]["networks"] = {"pca": None}

    folder = ran(tmp_path, letters, edit)
    assert read(folder, "data")["balance"] == dict.fromkeys(CLASSES[2:], IMAGES)
    figures = read(folder, "ensemble")
    oof = read(folder, "details")["oof"]
    assert list(figures) == ["validation", "oof"]
    assert "groups" not in oof
    assert (oof["accuracy"], oof["n"]) == (1.0, 12)
    assert figures["validation"] == {"mean": 1.0, "std": 0.0, "best": 1.0}
    assert (folder / "metrics/curves/m0.csv").read_text() == ",".join(csv_log.COLUMNS) + "\n"
    assert names(folder / "models/m0") == ["heads.npz", "member.json", "network.weights.h5"]
    assert "Learning curves" not in (folder / "report/index.html").read_text()
    run(folder, "dvc", "plots", "show")


@needs_letters
def test_synthetic_images_are_learned_first_and_rehearsed_and_two_channels_predicted(tmp_path):
    def edit(params):
        options = params["ensemble"]["members"].pop("m1")["kwargs"]
        params["image"]["pca_channel"] = True
        params["pretrain"] |= {"n_images": 400, "rehearsal": 0.5, "aug": params["aug"], "train": params["train"]}
        params["pretrain"]["networks"] = {"stem_vgg_bn": {"seed": 0, "kwargs": options}}

    small_clone(tmp_path)
    change(tmp_path, edit)
    output = run(tmp_path, "dvc", "repro", "predict@m0")
    assert "data/synthetic: 400 images" in output
    assert re.search(r"data/predictions/m0\.npz: \d+ images, 4 views each", output)
    weights = tmp_path / "models/m0/network.weights.h5"
    with_rehearsal = weights.read_bytes()
    change(tmp_path, lambda params: params["pretrain"].update(rehearsal=0))
    assert stages_run(run(tmp_path, "dvc", "repro", "train@m0")) == ["train@m0"]
    assert weights.read_bytes() != with_rehearsal

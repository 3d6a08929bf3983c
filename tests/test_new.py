"""A recipe for images of one's own: what they are is seen, and a recipe that runs is written."""

import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml

from letterpress.commands import new
from letterpress.configuration.params import load_params
from letterpress.datasets.inspection import DatasetInfo, look
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError
from letterpress.sources.local.fetch import bring
from tests.archives import J, L, archive_of, encode, write_zip
from tests.imports import ROOT

FOLDERS = {f"{label}/{i}.png": encode(picture) for label, picture in (("A", L), ("b", J)) for i in range(12)}
LABELLED = {"labels.csv": "ID,Class\n1,x\n2,y\n", "train/1.png": encode(L), "train/2.png": encode(255 - L)}
TABLE = "label,pixel0,pixel1,pixel2,pixel3\n7,0,0,0,255\n8,9,9,9,9\n"


@pytest.fixture
def root(tmp_path):
    """A project with a template and a DAG, and no recipe else."""
    (tmp_path / "recipes/my-letters").mkdir(parents=True)
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "layout", "counts"),
    [
        (FOLDERS, "class-folders", {"A": 12, "b": 12}),
        (LABELLED, "labels-csv", {"x": 1, "y": 1}),
        ({"train.csv": TABLE}, "pixel-csv", {"7": 1, "8": 1}),
    ],
)
def test_the_layout_and_the_classes_are_seen(tmp_path, files, layout, counts):
    guess = look(archive_of(tmp_path, files))
    assert (guess.layout, guess.counts, guess.test_images) == (layout, Counter(counts), 0)


def test_the_usual_size_is_the_median_and_the_ink_is_light_or_dark(tmp_path):
    light = np.zeros((9, 7), np.uint8)
    light[3:6, 2:5] = 255
    pictures = {"a/1.png": light, "a/2.png": light[:, :5], "b/1.png": 255 - light, "b/2.png": light}
    guess = look(archive_of(tmp_path, {name: encode(picture) for name, picture in pictures.items()}))
    assert (guess.side, guess.light_ink) == ((9, 7), 0.75)


def test_data_of_no_layout_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: expected a folder of images for each class, .* 1 files\.$"):
        look(archive_of(tmp_path, {"notes.txt": b""}))


def test_one_class_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected labelled images of two classes or more, found 1\.$"):
        look(archive_of(tmp_path, {"a/1.png": encode(L)}))


@pytest.mark.parametrize(("images", "expected"), [(100, 120), (10_000, 60), (15_000, 40), (1_000_000, 12)])
def test_few_images_are_seen_more_often(images, expected):
    assert new.epochs(images) == expected


def test_the_recipe_is_whole_and_keeps_the_templates_comments(root):
    path = write_zip(root / "mine.zip", FOLDERS)
    said = new.create("mine", path, root)
    assert said.splitlines()[0] == (
        "24 labelled and 0 test images of 2 classes, 12 to 12 each, about 5x5 pixels; layout class-folders."
    )
    text = (root / "recipes/mine/params.yaml").read_text()
    assert text.startswith("# mine: 24 images of 2 classes.\n\npublished: null")
    assert "# degrees; a 6 must not become a 9" in text
    params = load_params(root / "recipes/mine/params.yaml")
    assert (params.dataset.name, params.dataset.path, params.split.holdout) == ("mine", str(path), 0)
    assert params.train.phases[0].epochs == 120
    template = yaml.safe_load(new.TEMPLATE.read_text())
    assert yaml.safe_load(text).keys() == template.keys()
    expected = recipes.copy_text((ROOT / "dvc.yaml").read_text(), "mine")
    assert (root / "recipes/mine/dvc.yaml").read_text() == expected


def test_pixels_stay_as_large_as_they_are_and_mixed_ink_is_inverted():
    guess = DatasetInfo("pixel-csv", Counter({"1": 3000, "2": 3000}), 0, (28, 20), 0.5)
    params = yaml.safe_load(new.fill_in(new.TEMPLATE.read_text(), "pixels", Path("/t.csv"), guess))
    assert (params["image"]["height"], params["image"]["width"], params["aug"]["invert"]) == (28, 20, 0.5)
    assert params["split"]["holdout"] == 0.1


def test_rare_classes_are_pointed_out():
    said = new.tell("mine", DatasetInfo("class-folders", Counter({"a": 50, "b": 3}), 7, (40, 30), 1.0))
    assert "Few images to learn from: b." in said.splitlines()
    assert said.endswith("make repro RECIPE=mine")


@pytest.mark.parametrize("name", ["Mine", "a b", "../x", "-a", ""])
def test_a_name_that_is_no_folders_is_refused(root, name):
    with pytest.raises(UserError, match="expected small letters and digits"):
        new.create(name, root, root)


def test_a_recipe_that_is_there_is_left_alone(root):
    with pytest.raises(UserError, match=r"^recipes/my-letters is there already; choose another name, or"):
        new.create("my-letters", root, root)


def test_data_that_is_not_there_ends_in_one_sentence(tmp_path):
    command = [sys.executable, "-m", "letterpress.commands.new", "mine", "--from", tmp_path / "gone"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    expected = f"new: {tmp_path}/gone: cannot be read (No such file or directory); name a folder, a zip or a CSV.\n"
    assert (done.returncode, done.stderr) == (2, expected)
    assert not (ROOT / "recipes/mine").exists()


def test_a_full_disk_is_told_in_a_sentence(tmp_path, monkeypatch, capsys):
    """Packing writes to /dev/full, as to a disk without room."""
    (tmp_path / "mine.zip").write_bytes(b"PK")
    monkeypatch.setattr(new, "bring", lambda path, _: bring(path, Path("/dev/full")))
    monkeypatch.setattr(sys, "argv", ["new", "no-such-recipe", "--from", str(tmp_path / "mine.zip")])
    with pytest.raises(SystemExit, match=r"^2$"):
        new.main()
    assert capsys.readouterr().err == "new: /dev/full: No space left on device; make room for it, and try again.\n"

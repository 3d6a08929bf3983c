"""A recipe for images of one's own: the data is inspected, and a recipe that runs is written."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml

from letterpress.commands import cli, new
from letterpress.configuration.params import load_params
from letterpress.datasets.inspection import DatasetInfo
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, encode, write_zip
from tests.imports import ROOT

FOLDERS = {f"{label}/{i}.png": encode(image) for label, image in (("A", L), ("b", J)) for i in range(12)}
INFO = DatasetInfo("class-folders", Counter({"a": 50, "b": 3}), 7, (40, 30), 1.0)


@pytest.fixture
def root(tmp_path):
    """A checkout with a DAG and the template as its only recipe."""
    for name in (new.TEMPLATE, *projects.COPIES):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / ".dvc/config", tmp_path / ".dvc/config")
    (tmp_path / ".git").mkdir()
    return tmp_path


def fill_in(info: DatasetInfo) -> dict:
    template = (ROOT / new.TEMPLATE).read_text(encoding="utf-8")
    return yaml.safe_load(new.fill_in(template, "mine", Path("/data"), info))


@pytest.mark.parametrize(("images", "expected"), [(100, 120), (10_000, 60), (15_000, 40), (1_000_000, 12)])
def test_few_images_take_more_epochs(images, expected):
    assert new.epochs(images) == expected


def test_the_recipe_is_complete_and_keeps_the_templates_comments(root):
    path = write_zip(root / "mine.zip", FOLDERS)
    output = new.create_recipe("mine", path, root)
    assert output.splitlines()[0] == (
        "24 labelled and 0 test images of 2 classes, 12 to 12 each, about 5x5 pixels; layout class-folders."
    )
    folder, template = root / "recipes/mine", (root / new.TEMPLATE).read_text()
    text = (folder / "params.yaml").read_text()
    assert "# mine: 24 images of 2 classes.\n\nbaseline: null" in text
    assert [line for line in text.splitlines() if "$schema" in line] == [
        line for line in template.splitlines() if "$schema" in line
    ]
    assert "a 6 must not become a 9" in text
    params = load_params(folder / "params.yaml")
    assert (params.dataset.name, params.dataset.path, params.split.holdout) == ("mine", str(path), 0)
    assert (params.train.phases[0].epochs, params.aug.invert) == (120, 0)
    assert yaml.safe_load(text).keys() == yaml.safe_load(template).keys()
    assert (folder / "dvc.yaml").read_bytes() == (root / "dvc.yaml").read_bytes()
    assert (folder / "letterpress").is_symlink()


def test_pixels_keep_their_size_and_enough_images_leave_some_for_the_holdout():
    params = fill_in(DatasetInfo("pixel-csv", Counter({"1": 3000, "2": 3000}), 0, (28, 20), 1.0))
    assert (params["image"]["height"], params["image"]["width"]) == (28, 20)
    assert params["split"]["holdout"] == 0.1


@pytest.mark.parametrize(("light_ink", "mixed"), [(0.5, True), (0.05, False), (1.0, False)])
def test_mixed_polarity_is_augmented_and_predicted_inverted_too(light_ink, mixed):
    params = fill_in(DatasetInfo("class-folders", Counter({"1": 30, "2": 30}), 0, (28, 20), light_ink))
    assert params["aug"]["invert"] == (0.5 if mixed else 0)
    inverted = [view for view in params["predict"]["tta"] if view.get("invert")]
    assert inverted == ([{"rotation": 0, "zoom": 1, "invert": True}] if mixed else [])


def test_rare_classes_are_named():
    lines = new.describe("mine", INFO).splitlines()
    assert "Classes with few images: b." in lines
    assert lines[-1] == "  make repro RECIPE=mine"


@pytest.mark.parametrize("name", ["Mine", "a b", "../x", "-a", ""])
def test_a_name_that_is_no_folders_is_refused(root, name):
    with pytest.raises(UserError, match="expected small letters and digits"):
        new.create_recipe(name, root, root)


def test_an_existing_recipe_is_left_alone(root):
    with pytest.raises(UserError, match=r"^recipes/my-letters exists; choose another name, or"):
        new.create_recipe("my-letters", root, root)


def test_outside_of_a_checkout_that_is_said(tmp_path):
    with pytest.raises(UserError, match=r"is no checkout of Letterpress, which recipes need; clone it"):
        new.create_recipe("mine", tmp_path, tmp_path)


def test_missing_data_ends_in_one_sentence(tmp_path, capsys):
    assert cli.main(["new", "mine", "--from", str(tmp_path / "missing")]) == 2
    assert capsys.readouterr().err == (
        f"letterpress new: {tmp_path}/missing: cannot be read (No such file or directory); "
        "name a folder, a zip or a CSV.\n"
    )
    assert not (ROOT / "recipes/mine").exists()


def test_a_full_disk_ends_in_one_sentence(tmp_path, monkeypatch, capsys):
    """Packing writes to /dev/full, which acts as a full disk."""
    copy_or_pack = new.copy_or_pack
    (tmp_path / "mine.zip").write_bytes(b"PK")
    monkeypatch.setattr(new, "copy_or_pack", lambda path, _: copy_or_pack(path, Path("/dev/full")))
    assert cli.main(["new", "no-such-recipe", "--from", str(tmp_path / "mine.zip")]) == 2
    assert capsys.readouterr().err == (
        "letterpress new: /dev/full: No space left on device; fix that, and run `letterpress new` again.\n"
    )

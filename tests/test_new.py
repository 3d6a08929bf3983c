"""A recipe for images of one's own: the data is inspected, and a recipe that runs is written."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from ruamel.yaml import YAML

from letterpress.commands import cli, new, recipe_values
from letterpress.configuration.params import load_params
from letterpress.datasets.inspection import DatasetInfo
from letterpress.datasets.splits import make_holdout, make_member_split
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError
from letterpress.sources.synthetic.glyphs import CLASSES
from tests.archives import J, L, encode, write_zip
from tests.counts import INPUTS, count
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


@pytest.fixture
def no_project(monkeypatch):
    """Write params.yaml only."""
    monkeypatch.setattr(projects, "create_project", lambda *_: None)


def fill_template(info: DatasetInfo) -> dict:
    template = (ROOT / new.TEMPLATE).read_text(encoding="utf-8")
    return yaml.safe_load(recipe_values.fill_template(template, "mine", Path("/data"), info))


@pytest.mark.parametrize(("images", "expected"), [(100, 80), (10_000, 60), (15_000, 40), (1_000_000, 12)])
def test_few_images_take_more_epochs(images, expected):
    assert recipe_values.choose_epochs(images) == expected


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
    assert (params.train.phases[0].epochs, params.aug.invert) == (90, 0)
    assert yaml.safe_load(text).keys() == yaml.safe_load(template).keys()
    assert (folder / "dvc.yaml").read_bytes() == (root / "dvc.yaml").read_bytes()
    assert (folder / "letterpress").is_symlink()


def test_pixels_keep_their_size_and_enough_images_leave_some_for_the_holdout():
    params = fill_template(DatasetInfo("pixel-csv", Counter({"1": 3000, "2": 3000}), 0, (28, 20), 1.0))
    assert (params["image"]["height"], params["image"]["width"]) == (28, 20)
    assert params["split"]["holdout"] == 0.1


@pytest.mark.parametrize(("light_ink", "mixed"), [(0.5, True), (0.05, False), (1.0, False)])
def test_mixed_polarity_is_augmented_and_predicted_inverted_too(light_ink, mixed):
    params = fill_template(DatasetInfo("class-folders", Counter({"1": 30, "2": 30}), 0, (28, 20), light_ink))
    assert params["aug"]["invert"] == (0.5 if mixed else 0)
    inverted = [view for view in params["predict"]["tta"] if view.get("invert")]
    assert inverted == ([{"rotation": 0, "zoom": 1, "invert": True}] if mixed else [])


def few(classes: str | list[str], per_class: int) -> DatasetInfo:
    return DatasetInfo("class-folders", Counter(dict.fromkeys(classes, per_class)), 0, (28, 20), 1.0)


@pytest.mark.parametrize(
    ("classes", "per_class", "rehearsal", "epochs"),
    [("ABCDEFGHIJ", 5, 8.0, 89), (CLASSES, 10, 4.0, 16), (CLASSES, 100, 0.5, 16)],
)
def test_few_latin_letters_are_pretrained_for(classes, per_class, rehearsal, epochs):
    params = fill_template(few(classes, per_class))
    pretrain, (phase,) = params["pretrain"], params["train"]["phases"]
    kwargs = params["ensemble"]["members"]["m0"]["kwargs"]
    assert pretrain["networks"] == {"stem_vgg_bn": {"seed": 0, "kwargs": kwargs}}
    assert (pretrain["n_images"], pretrain["rehearsal"]) == (60_000, rehearsal)
    assert (params["train"]["batch_size"], phase["optimizer"]["learning_rate"], phase["epochs"]) == (64, 0.02, epochs)


@pytest.mark.parametrize(
    ("classes", "per_class", "batch_size", "rate"),
    [(["A", "B", "Ж"], 20, 16, 0.035), (["A_upper", "a_lower"], 300, 32, 0.05), ("AB", 101, 16, 0.035)],
)
def test_other_classes_and_many_images_are_not_pretrained_for(classes, per_class, batch_size, rate):
    params = fill_template(few(classes, per_class))
    optimizer = params["train"]["phases"][0]["optimizer"]
    assert (params["train"]["batch_size"], optimizer["learning_rate"]) == (batch_size, rate)
    assert params["pretrain"] == {
        "n_images": 0,
        "seed": 0,
        "rehearsal": 0,
        "aug": None,
        "train": None,
        "networks": {"stem_vgg_bn": None},
    }


@pytest.mark.parametrize(
    ("classes", "per_class", "expected"),
    [
        (
            "ab",
            100,
            "Few images a class: the network is pre-trained on 60,000 synthetic images first; "
            "`make repro` installs their fonts.",
        ),
        (
            "aЖ",
            100,
            "Few images a class, and no synthetic pre-training: it needs classes of one Latin letter or digit each, "
            "unlike Ж.",
        ),
        ("aЖ", 101, None),
    ],
)
def test_whether_there_is_pretraining_is_said(classes, per_class, expected):
    said = [line for line in new.describe_recipe("mine", few(classes, per_class)).splitlines() if "synthetic" in line]
    assert said == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("images", "expected"), [(8, (16, 0.035)), (600, (32, 0.05)), (1500, (64, 0.071)), (2048, (128, 0.1))]
)
def test_an_epoch_has_sixteen_batches_where_images_are_few(images, expected):
    assert recipe_values.choose_batches(images) == expected


def test_rare_classes_are_named():
    lines = new.describe_recipe("mine", INFO).splitlines()
    assert "Classes with few images: b." in lines
    assert lines[-1] == "  make repro RECIPE=mine"


@pytest.mark.parametrize(
    ("counts", "holdout", "validation"),
    [
        ([3] * 62, 0, 0.334),
        ([5] * 30, 0, 0.2),
        ([4] * 10, 0, 0.25),
        ([2] * 10, 0, 0),
        ([1] * 10, 0, 0),
        ([60] + [2] * 19, 0, 0.205),
        ([100] * 10, 0, 0.15),
        ([300] * 10, 0.1, 0.15),
        ([7] * 300, 0, 0.15),
        ([4] * 600, 0, 0.25),
    ],
)
def test_the_fractions_that_are_written_can_be_drawn(counts, holdout, validation):
    counts = Counter({str(i): count for i, count in enumerate(counts)})
    params = fill_template(DatasetInfo("class-folders", counts, 0, (28, 20), 1.0))
    assert (params["split"]["holdout"], params["split"]["validation"]) == (holdout, validation)
    labels = np.repeat(np.arange(len(counts)), list(counts.values()))
    usable, _ = make_holdout(labels, holdout, 0)
    for seed in range(3):
        make_member_split(labels, usable, validation, seed)


@pytest.mark.parametrize("images", [1, 3])
def test_a_recipe_of_small_classes_is_written_and_can_be_split(root, no_project, images):
    count(INPUTS)
    files = {f"{label}/{i}.png": encode(L if i % 2 else J) for label in "abcdefgh" for i in range(images)}
    output = new.create_recipe("few", write_zip(root / "few.zip", files), root)
    assert ("no accuracy will be measured" in output) == (images == 1)
    assert load_params(root / "recipes/few/params.yaml").split.holdout == 0


NAMES = ["null", "yes", "on", "1e3", "007", "0x1f", "12e03", "true", "1-2-3", "2026-01-01", "e", "nan", "no", "0o7"]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_recipe_is_called_is_text(root, no_project, name):
    count(INPUTS)
    new.create_recipe(name, write_zip(root / "mine.zip", FOLDERS), root)
    assert load_params(root / f"recipes/{name}/params.yaml").dataset.name == name


PATHS = [
    "a: b",
    "#x",
    "- x",
    "'",
    'a"b',
    "ü",
    "e\u0301",
    "x ",
    " x",
    "a\tb",
    "{a}",
    "${a}",
    "%",
    "!x",
    "x: ",
    "null",
    "*",
]


@pytest.mark.parametrize("name", [*PATHS, "long name " * 24, "two\nlines", "\\", "~", "🅰️"])
def test_whatever_a_folder_is_called_is_kept(root, no_project, name):
    count(INPUTS)
    for file, content in FOLDERS.items():
        (root / "in" / name / file).parent.mkdir(parents=True, exist_ok=True)
        (root / "in" / name / file).write_bytes(content)
    new.create_recipe("mine", root / "in" / name, root)
    written = root / "recipes/mine/params.yaml"
    assert load_params(written).dataset.path == str((root / "in" / name).resolve())
    assert YAML(typ="safe").load(written)["dataset"]["path"] == str((root / "in" / name).resolve())  # as DVC reads it


def test_a_folder_whose_name_is_not_utf_8_is_refused(root):
    with pytest.raises(UserError, match=r"caf\\xe9': is a name that is not UTF-8"):
        new.create_recipe("mine", root / os.fsdecode(b"caf\xe9"), root)


def test_classes_and_what_was_left_out_are_shown(root, no_project):
    files = {f"{label:02}/{i}.png": encode(L) for label in range(12) for i in range(3)}
    files |= {"00/9.heic": b"x", "00/8.png": encode(np.zeros((5, 5), np.uint8)), "01/.thumbnails/1.png": b"x"}
    lines = new.create_recipe("mine", write_zip(root / "mine.zip", files), root).splitlines()
    assert "Classes: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09 … (12 in all)." in lines
    assert "1 file left out: .heic (1)." in lines
    assert "1 image is of one colour, so that nothing is to be seen: 00/8.png." in lines


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("letters.zip", b"PK\x03\x04 not a zip", "is not a whole zip archive"),
        ("one.png", encode(L), "expected a folder, a zip or a table of pixels"),
        ("letters.tar.gz", b"\x1f\x8b", "expected a folder, a zip or a table of pixels"),
        ("letters.csv", b"a,b\n1,2\n", "train.csv: expected the column label first"),
        ("missing.zip", None, "cannot be read"),
    ],
)
def test_a_message_names_the_path_that_was_typed(root, monkeypatch, name, content, expected):
    count(INPUTS)
    monkeypatch.chdir(root)
    if content is not None:
        (root / name).write_bytes(content)
    with pytest.raises(UserError, match=rf"^{name}: .*{expected}"):
        new.create_recipe("mine", Path(name), root)
    assert not (root / "recipes/mine").exists()


def test_nothing_is_left_in_the_temporary_folder_by_a_command_that_is_killed(root, monkeypatch):
    """The packed folder has no name there, even while it is read."""
    (root / "in/a").mkdir(parents=True)
    (root / "scratch").mkdir()
    (root / "in/a/1.png").write_bytes(encode(L))
    monkeypatch.setattr(tempfile, "tempdir", str(root / "scratch"))
    seen = []
    monkeypatch.setattr(new, "inspect_dataset", lambda archive: seen.append([*(root / "scratch").iterdir()]))
    new.inspect_path(root / "in")
    assert seen == [[]]


def test_a_recipe_that_was_half_written_is_written_again(root, monkeypatch):
    path = write_zip(root / "mine.zip", FOLDERS)
    with monkeypatch.context() as patch:
        patch.setattr(new, "write_text", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            new.create_recipe("mine", path, root)
    assert "24 labelled" in new.create_recipe("mine", path, root)


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
    (tmp_path / "mine/a").mkdir(parents=True)
    (tmp_path / "mine/a/1.png").write_bytes(encode(L))
    monkeypatch.setattr(new, "copy_or_pack", lambda path, _: copy_or_pack(path, Path("/dev/full")))
    assert cli.main(["new", "no-such-recipe", "--from", str(tmp_path / "mine")]) == 2
    assert capsys.readouterr().err == (
        "letterpress new: /dev/full: No space left on device; fix that, and run `letterpress new` again.\n"
    )

"""The layout class-folders: labels are folders, groups are part of their names, loose images are refused."""

import re

import pytest

from letterpress.datasets.formats.class_folders import read_class_folders
from letterpress.datasets.raw import RawSplit
from letterpress.infrastructure.errors import UserError
from tests.archives import archive_of


def read_names(folder, *names, folders=()):
    return read_class_folders(archive_of(folder, dict.fromkeys(names, "x"), folders))


def expect_error(folder, names, text, folders=()):
    with pytest.raises(UserError, match=f"{re.escape(f'letters.zip: {text}')}$"):
        read_names(folder, *names, folders=folders)


def test_the_folder_is_the_label(tmp_path):
    raw = read_names(tmp_path, "b/1.png", "a/2.png", "a/1.png")
    assert raw.labelled == RawSplit(
        ["a/1.png", "a/2.png", "b/1.png"], ["a", "a", "b"], ["a/1.png", "a/2.png", "b/1.png"]
    )
    assert raw.test == RawSplit([], None, [])


def test_a_group_is_part_of_the_label(tmp_path):
    raw = read_names(tmp_path, "numerals/1/a.jpg", "vowels/1/a.jpg", "vowels/2/a.jpg")
    assert raw.labelled.labels == ["numerals/1", "vowels/1", "vowels/2"]


def test_common_folders_are_not_part_of_the_label(tmp_path):
    raw = read_names(tmp_path, "nhcd/nhcd/numerals/1/a.jpg", "nhcd/nhcd/vowels/1/a.jpg")
    assert raw.labelled.labels == ["numerals/1", "vowels/1"]
    assert raw.labelled.ids == ["numerals/1/a.jpg", "vowels/1/a.jpg"]
    assert raw.labelled.files_or_pixels == ["nhcd/nhcd/numerals/1/a.jpg", "nhcd/nhcd/vowels/1/a.jpg"]


def test_a_single_class_keeps_its_folder(tmp_path):
    assert read_names(tmp_path, "letters/a/1.png", "letters/a/2.png").labelled.labels == ["a", "a"]


def test_a_folder_train_without_test_is_a_common_folder(tmp_path):
    assert read_names(tmp_path, "train/a/1.png", "train/b/1.png").labelled.labels == ["a", "b"]


def test_images_in_test_have_no_label(tmp_path):
    raw = read_names(tmp_path, "x/train/a/1.png", "x/train/b/2.png", "x/test/4.png", "x/test/3.png")
    assert raw.labelled.labels == ["a", "b"]
    assert raw.test == RawSplit(["3", "4"], None, ["x/test/3.png", "x/test/4.png"])


def test_test_images_are_in_the_order_of_the_sample(tmp_path):
    files = dict.fromkeys(["train/a/1.png", "train/b/1.png", "test/3.png", "test/4.png"], "x")
    raw = read_class_folders(archive_of(tmp_path, files | {"sample_submission.csv": "ID,Class\n4,a\n3,a\n"}))
    assert raw.test == RawSplit(["4", "3"], None, ["test/4.png", "test/3.png"])


def test_files_without_an_images_extension_are_ignored(tmp_path):
    raw = read_names(tmp_path, "README.md", "labels.csv", "a/1.PNG", "a/notes.txt", "b/1.Bmp")
    assert raw.labelled.files_or_pixels == ["a/1.PNG", "b/1.Bmp"]


def test_files_of_macos_make_no_class(tmp_path):
    raw = read_names(tmp_path, "a/1.png", "b/1.png", "__MACOSX/a/._1.png", "a/._1.png", "__MACOSX/1.png")
    assert raw.labelled.labels == ["a", "b"]


@pytest.mark.parametrize("name", ["NA", "nan", "None", "007", "क", "A b"])
def test_a_label_stays_the_text_it_is(tmp_path, name):
    assert read_names(tmp_path, f"{name}/1.png", "b/1.png").labelled.labels == sorted([name, "b"])


def test_a_folder_of_folders_is_not_empty(tmp_path):
    raw = read_names(tmp_path, "x/a/1.png", "x/b/1.png", folders=["x", "x/a", "x/b"])
    assert raw.labelled.labels == ["a", "b"]


def test_test_images_in_class_folders_have_labels(tmp_path):
    raw = read_names(tmp_path, "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png")
    assert raw.test == RawSplit(["a/1.png", "b/1.png"], ["a", "b"], ["test/a/1.png", "test/b/1.png"])


TRAIN = ["train/a/1.png", "train/b/1.png"]
ERRORS = [
    (["a/notes.txt"], "expected folders of images inside, found no image."),
    ([*TRAIN, "test/3.jpg", "test/3.png"], "test/3.jpg and test/3.png have the same id; remove one."),
    (
        [*TRAIN, "test/a/1.png", "test/2.png"],
        "test/a/1.png is in a folder of test, other images are not; move it up to test.",
    ),
    (
        ["a/1.png", "b/1.png", "c/1.heic"],
        "the folder c has no image (1 such folders; 1 file left out: .heic (1)); fill or remove it.",
    ),
]


@pytest.mark.parametrize(("names", "text"), ERRORS)
def test_a_wrong_tree_is_refused(tmp_path, names, text):
    expect_error(tmp_path, names, text)


@pytest.mark.parametrize(
    ("names", "first", "count"),
    [
        (["a/1.png", "b/1.png", "loose.png"], "loose.png", 1),
        (["1.png", "2.png"], "1.png", 2),
        (["letters/a/1.png", "letters/b/1.png", "letters/loose.png"], "letters/loose.png", 1),
        (["vowels/1/a.png", "vowels/x.png", "vowels/y.png", "other/a.png"], "vowels/x.png", 2),
        (["train/a/1.png", "train/loose.png", "test/2.png"], "train/loose.png", 1),
    ],
)
def test_an_image_outside_any_class_folder_is_refused_with_a_count(tmp_path, names, first, count):
    expect_error(tmp_path, names, f"{first} is in no class's folder ({count} such images); move it into one.")


def test_an_empty_class_folder_is_refused_with_a_count(tmp_path):
    text = "the folder c has no image (2 such folders); fill or remove it."
    expect_error(tmp_path, ["a/1.png", "b/1.png"], text, folders=["a", "b", "c", "d/e"])


def test_a_sample_that_lacks_test_images_is_refused(tmp_path):
    files = dict.fromkeys([*TRAIN, "test/3.png", "test/4.png"], "x")
    expected = r"letters\.zip: the test image 4 is not in sampleSubmission\.csv \(1 in all\); correct the archive\.$"
    with pytest.raises(UserError, match=expected):
        read_class_folders(archive_of(tmp_path, files | {"sampleSubmission.csv": "ID,Class\n3,a\n"}))


PARTS = [
    ("Train", "Test"),
    ("training", "testing"),
    ("train_images", "test_images"),
    ("TRAIN-SET", "Test Set"),
    ("train.zip/train", "test.zip/test"),
    ("data/train", "data/test"),
]


@pytest.mark.parametrize(("train", "test"), PARTS)
def test_the_usual_names_of_training_and_test_folders_are_no_classes(tmp_path, train, test):
    inner = [f"{train}/{label}/1.png" for label in "ab"], [f"{test}/{label}/2.png" for label in "ab"]
    raw = read_names(tmp_path, *inner[0], *inner[1])
    assert raw.labelled.labels == ["a", "b"]
    assert (raw.test.ids, raw.test.labels) == (["a/2.png", "b/2.png"], ["a", "b"])


@pytest.mark.parametrize("name", ["val", "Valid", "validation", "dev", "eval", "val_images"])
def test_images_for_validation_are_labelled_ones(tmp_path, name):
    raw = read_names(tmp_path, *TRAIN, f"{name}/a/1.png", f"{name}/b/1.png")
    assert sorted(raw.labelled.labels) == ["a", "a", "b", "b"]
    assert len(set(raw.labelled.ids)) == 4
    assert len(raw.test) == 0
    assert f"{name}: 2 labelled images" in raw.notes[0]


@pytest.mark.parametrize("folder", ["Test", "test/images", "test/unknown", "testing/Test"])
def test_loose_images_in_test_have_no_label(tmp_path, folder):
    raw = read_names(tmp_path, *TRAIN, f"{folder}/4.png", f"{folder}/3.png")
    assert (raw.test.ids, raw.test.labels) == (["3", "4"], None)
    assert raw.labelled.labels == ["a", "b"]


def test_folders_of_parts_may_be_inside_those_of_classes(tmp_path):
    raw = read_names(tmp_path, "a/train/1.png", "a/test/2.png", "b/train/1.png", "b/val/3.png", "b/test/2.png")
    assert raw.labelled.labels == ["a", "b", "b"]
    assert (raw.test.ids, raw.test.labels) == (["a/2.png", "b/2.png"], ["a", "b"])


@pytest.mark.parametrize(
    "names", [("val/1.png", "dev/1.png"), ("test/1.png", "x/1.png"), ("train/1.png", "car/1.png")]
)
def test_without_a_training_and_another_folder_these_names_are_classes(tmp_path, names):
    assert set(read_names(tmp_path, *names).labelled.labels) == {name.partition("/")[0] for name in names}


def test_two_test_images_that_get_one_id_are_refused(tmp_path):
    names = [*TRAIN, "test/a/1.png", "testing/a/1.png", "test/b/1.png"]
    expect_error(tmp_path, names, "test/a/1.png and testing/a/1.png have the same id; remove one.")

import re

import pytest

from letterpress.datasets.formats.class_folders import read
from letterpress.datasets.raw import Part
from letterpress.infrastructure.errors import UserError
from tests.archives import archive_of


def read_names(folder, *names, folders=()):
    return read(archive_of(folder, dict.fromkeys(names, "x"), folders))


def refuse(folder, names, text, folders=()):
    with pytest.raises(UserError, match=f"{re.escape(f'letters.zip: {text}')}$"):
        read_names(folder, *names, folders=folders)


def test_the_folder_is_the_class(tmp_path):
    raw = read_names(tmp_path, "b/1.png", "a/2.png", "a/1.png")
    assert raw.train == Part(["a/1.png", "a/2.png", "b/1.png"], ["a", "a", "b"], ["a/1.png", "a/2.png", "b/1.png"])
    assert raw.test == Part([], None, [])


def test_groups_of_classes_are_part_of_the_classes_name(tmp_path):
    raw = read_names(tmp_path, "numerals/1/a.jpg", "vowels/1/a.jpg", "vowels/2/a.jpg")
    assert raw.train.labels == ["numerals/1", "vowels/1", "vowels/2"]


def test_folders_that_all_images_share_are_no_part_of_the_classes_name(tmp_path):
    raw = read_names(tmp_path, "nhcd/nhcd/numerals/1/a.jpg", "nhcd/nhcd/vowels/1/a.jpg")
    assert raw.train.labels == ["numerals/1", "vowels/1"]
    assert raw.train.ids == ["numerals/1/a.jpg", "vowels/1/a.jpg"]
    assert raw.train.pictures == ["nhcd/nhcd/numerals/1/a.jpg", "nhcd/nhcd/vowels/1/a.jpg"]


def test_a_single_class_keeps_its_folder(tmp_path):
    assert read_names(tmp_path, "letters/a/1.png", "letters/a/2.png").train.labels == ["a", "a"]


def test_a_folder_train_alone_is_shared_by_all(tmp_path):
    assert read_names(tmp_path, "train/a/1.png", "train/b/1.png").train.labels == ["a", "b"]


def test_images_under_test_have_no_label(tmp_path):
    raw = read_names(tmp_path, "x/train/a/1.png", "x/train/b/2.png", "x/test/4.png", "x/test/3.png")
    assert raw.train.labels == ["a", "b"]
    assert raw.test == Part(["3", "4"], None, ["x/test/3.png", "x/test/4.png"])


def test_test_images_are_in_the_order_of_the_sample(tmp_path):
    files = dict.fromkeys(["train/a/1.png", "train/b/1.png", "test/3.png", "test/4.png"], "x")
    raw = read(archive_of(tmp_path, files | {"sample_submission.csv": "ID,Class\n4,a\n3,a\n"}))
    assert raw.test == Part(["4", "3"], None, ["test/4.png", "test/3.png"])


def test_files_that_are_no_pictures_by_their_ending_are_passed_over(tmp_path):
    raw = read_names(tmp_path, "README.md", "labels.csv", "a/1.PNG", "a/notes.txt", "b/1.Bmp")
    assert raw.train.pictures == ["a/1.PNG", "b/1.Bmp"]


def test_litter_makes_no_class(tmp_path):
    raw = read_names(tmp_path, "a/1.png", "b/1.png", "__MACOSX/a/._1.png", "a/._1.png", "__MACOSX/1.png")
    assert raw.train.labels == ["a", "b"]


@pytest.mark.parametrize("name", ["NA", "nan", "None", "007", "क", "A b"])
def test_a_classes_name_stays_the_text_it_is(tmp_path, name):
    assert read_names(tmp_path, f"{name}/1.png", "b/1.png").train.labels == sorted([name, "b"])


def test_an_archive_without_images_is_refused(tmp_path):
    refuse(tmp_path, ["a/notes.txt"], "expected folders of images inside, found no image.")


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
    refuse(tmp_path, names, f"{first} lies in no class's folder ({count} such images); move it into one.")


def test_an_empty_class_folder_is_refused_with_a_count(tmp_path):
    refuse(
        tmp_path,
        ["a/1.png", "b/1.png"],
        "the folder c has no image (2 such folders); fill or remove it.",
        folders=["a", "b", "c", "d/e"],
    )


def test_a_folder_of_folders_is_not_empty(tmp_path):
    raw = read_names(tmp_path, "x/a/1.png", "x/b/1.png", folders=["x", "x/a", "x/b"])
    assert raw.train.labels == ["a", "b"]


def test_two_test_files_of_one_id_are_refused(tmp_path):
    refuse(
        tmp_path,
        ["train/a/1.png", "train/b/1.png", "test/3.jpg", "test/3.png"],
        "test/3.jpg and test/3.png have the same id; remove one.",
    )


def test_a_sample_that_lacks_test_images_is_refused(tmp_path):
    files = dict.fromkeys(["train/a/1.png", "train/b/1.png", "test/3.png", "test/4.png"], "x")
    expected = r"letters\.zip: the test image 4 is not in sampleSubmission\.csv \(1 in all\); mend the archive\.$"
    with pytest.raises(UserError, match=expected):
        read(archive_of(tmp_path, files | {"sampleSubmission.csv": "ID,Class\n3,a\n"}))


def test_test_images_in_their_classes_folders_have_labels(tmp_path):
    raw = read_names(tmp_path, "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png")
    assert raw.test == Part(["a/1.png", "b/1.png"], ["a", "b"], ["test/a/1.png", "test/b/1.png"])


def test_test_images_half_in_folders_are_refused(tmp_path):
    text = "test/a/1.png lies in a folder of test, others do not; move it beside them."
    refuse(tmp_path, ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/2.png"], text)


def test_a_folder_of_files_that_are_no_pictures_is_refused(tmp_path):
    text = "the folder c has no image (1 such folders); fill or remove it."
    refuse(tmp_path, ["a/1.png", "b/1.png", "c/1.heic"], text)

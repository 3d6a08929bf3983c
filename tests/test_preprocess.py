"""An archive becomes data/prepared: arrays of one size, labels as indices, and a description of the data set."""

import json
import re

import numpy as np
import pytest

from letterpress.datasets.description import describe_dataset, group_duplicates
from letterpress.datasets.formats.read import filter_classes
from letterpress.datasets.preprocess import CHUNK, UnreadableImagesError, preprocess_dataset, preprocess_images
from letterpress.datasets.raw import RawSplit
from letterpress.infrastructure.errors import UserError
from letterpress.storage.prepared import PreparedSplit, load_array, load_classes, load_sample, load_split
from tests.archives import J, L, archive_of, encode, image_config, write_zip, zipped

EVEN = np.full((15, 10), 90, np.uint8)
SAMPLE = b"ID,Class\r\n4,A\r\n3,A\r\n"
JULIA = {
    "trainLabels.csv": "ID,Class\n1,b\n2,NA\n",
    "sampleSubmission.csv": SAMPLE,
    "train.zip": zipped({"train/1.Bmp": encode(L), "train/2.Bmp": encode(EVEN)}),
    "test.zip": zipped({"test/3.Bmp": encode(J), "test/4.Bmp": encode(L)}),
}
THREE_CLASSES = JULIA | {
    "trainLabels.csv": "ID,Class\n1,b\n2,NA\n5,c\n",
    "train.zip": zipped({f"train/{name}.Bmp": encode(EVEN) for name in (1, 2, 5)}),
}
LABELS = ["a", "B", "b", "n/1", "B"]


def file_contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pixel_csv(*rows):
    """A table of L, J and the like, each row a label and an image."""
    cells = [",".join(map(str, [label, *pixels.ravel()])) for label, pixels in rows]
    return {"train.csv": "\n".join([",".join(["label", *(f"pixel{i}" for i in range(25))]), *cells])}


@pytest.fixture
def preprocess(tmp_path):
    """Preprocess an archive of files, and return the description and the splits."""

    def run(files, layout="labels-csv", pattern=None, **config):
        path, folder = write_zip(tmp_path / "letters.zip", files), tmp_path / "prepared"
        description = preprocess_dataset(path, layout, image_config(**config), pattern, folder)
        return description, load_split("labelled", folder), load_split("test", folder)

    return run


def test_an_archive_becomes_arrays_of_one_size(preprocess, tmp_path):
    _, labelled, test = preprocess(JULIA)
    assert (labelled.images.dtype, labelled.sizes.dtype, labelled.labels.dtype) == (np.uint8, np.int32, np.int32)
    np.testing.assert_array_equal(labelled.images, [L, np.full((5, 5), 90)])
    assert labelled.sizes.tolist() == [[5, 5], [15, 10]]
    assert labelled.ids.tolist() == ["1", "2"]
    assert (load_classes(tmp_path / "prepared"), labelled.labels.tolist()) == (["NA", "b"], [1, 0])
    assert (test.ids.tolist(), test.labels) == (["4", "3"], None)
    np.testing.assert_array_equal(test.images, [L, J])
    assert load_sample(tmp_path / "prepared") == SAMPLE


def test_labels_of_test_images_are_indices_of_the_same_classes(preprocess):
    _, _, test = preprocess(JULIA | {"testLabels.csv": "ID,Class\n3,NA\n4,b\n"})
    assert test.labels.tolist() == [1, 0]


def test_an_archive_without_test_images_gives_empty_arrays(preprocess, tmp_path):
    _, _, test = preprocess({"a/1.png": encode(L), "b/1.png": encode(J)}, "class-folders")
    assert (test.images.shape, test.ids.shape, test.sizes.shape) == ((0, 5, 5), (0,), (0, 2))
    assert test.labels is None
    assert load_sample(tmp_path / "prepared") is None


def test_pixels_of_a_table_are_resized_and_inverted_like_image_files(preprocess):
    config = {"height": 8, "width": 6, "preserve_aspect_ratio": True, "invert": True}
    _, from_table, _ = preprocess(pixel_csv((0, L), (1, J)), "pixel-csv", **config)
    _, from_files, _ = preprocess({"0/1.png": encode(L), "1/1.png": encode(J)}, "class-folders", **config)
    np.testing.assert_array_equal(from_table.images, from_files.images)
    np.testing.assert_array_equal(from_table.sizes, from_files.sizes)


def test_pixels_of_the_target_size_are_unchanged_or_inverted(tmp_path):
    split = RawSplit(["1", "2"], None, np.stack([L, J]))
    archive = archive_of(tmp_path, {})
    np.testing.assert_array_equal(preprocess_images(split, archive, image_config(), "x")[0], [[L, J]])
    (images,), sizes = preprocess_images(split, archive, image_config(invert=True), "x")
    np.testing.assert_array_equal(images, [255 - L, 255 - J])
    assert sizes.tolist() == [[5, 5], [5, 5]]


def test_the_pca_channel_is_stored_with_the_luma(preprocess):
    colors = np.zeros((5, 5, 3), np.uint8)
    colors[..., 0], colors[2] = 130, (0, 66, 0)  # a green bar on red of equal luma
    files = {"a/1.png": encode(colors), "b/1.png": encode(L)}
    _, labelled, test = preprocess(files, "class-folders", pca_channel=True)
    luma, pca_channel = labelled.channels
    np.testing.assert_array_equal(luma, [np.full((5, 5), 39), L])
    assert pca_channel[0].std(axis=1).max() == 0
    assert abs(int(pca_channel[0, 2, 0]) - int(pca_channel[0, 0, 0])) == 255
    np.testing.assert_array_equal(pca_channel[1], L)
    assert [channel.shape for channel in test.channels] == [(0, 5, 5), (0, 5, 5)]


def test_bare_pixels_have_no_pca_channel(preprocess):
    expected = r"image\.pca_channel: .*letters\.zip has grayscale pixels only; set it to false\.$"
    with pytest.raises(UserError, match=expected):
        preprocess(pixel_csv((0, L), (1, J)), "pixel-csv", pca_channel=True)


def test_the_same_archive_gives_the_same_bytes(preprocess, tmp_path):
    first, *_ = preprocess(JULIA)
    written = file_contents(tmp_path / "prepared")
    assert preprocess(JULIA)[0] == first
    assert file_contents(tmp_path / "prepared") == written


def test_images_of_several_chunks_stay_in_order(tmp_path):
    count = CHUNK + 3
    files = {f"{i}.png": encode(np.full((5, 5), i % 256, np.uint8)) for i in range(count)}
    split, archive = RawSplit(list(files), None, list(files)), archive_of(tmp_path, files)
    (images,), sizes = preprocess_images(split, archive, image_config(), "x")
    assert images[:, 0, 0].tolist() == [i % 256 for i in range(count)]
    assert sizes.shape == (count, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]  # nothing is unpacked to disk


def test_unreadable_images_are_refused_by_the_first_with_a_count_and_nothing_is_written(preprocess, tmp_path):
    files = {"a/1.png": encode(L), "a/2.png": encode(L)[:-30], "b/1.png": b"x", "b/2.png": encode(J)}
    expected = r"letters\.zip: a/2\.png is not a readable image \(.*\) \(2 such images: a/2\.png, b/1\.png\); replace"
    with pytest.raises(UnreadableImagesError, match=expected):
        preprocess(files, "class-folders")
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]


def test_of_many_unreadable_images_ten_are_named(preprocess):
    files = {f"a/{i:02}.png": b"x" for i in range(12)} | {"b/1.png": encode(J)}
    with pytest.raises(
        UnreadableImagesError, match=r"12 such images: a/00\.png, .* a/09\.png … \(12 in all\)\)"
    ) as error:
        preprocess(files, "class-folders")
    assert error.value.names == [f"a/{i:02}.png" for i in range(12)]


def test_files_that_are_left_out_and_images_of_one_color_are_said(preprocess, capsys):
    good = {"a/1.png": encode(L), "b/1.png": encode(J), "readme.txt": b"x", "labels.json": b"{}"}
    preprocess(good, "class-folders")
    assert "letters.zip" not in capsys.readouterr().err
    preprocess(good | {"a/2.heic": b"x", "a/3.svg": b"x", "b/4.HEIC": b"x", "b/2.png": encode(EVEN)}, "class-folders")
    written = capsys.readouterr().err
    assert "letters.zip: 3 files left out: .heic (2), .svg (1).\n" in written
    assert "letters.zip: 1 image is of one colour, so that nothing is to be seen: b/2.png.\n" in written


def test_images_of_one_color_are_said_of_the_test_part_too(preprocess, capsys):
    images = {"train/a/1.png": encode(L), "train/b/1.png": encode(EVEN), "test/2.png": encode(EVEN)}
    preprocess(images | {"test/3.png": encode(J)}, "class-folders")
    written = capsys.readouterr().err
    assert "2 images are of one colour, so that nothing is to be seen: train/b/1.png, test/2.png.\n" in written


def test_one_class_is_refused(preprocess):
    with pytest.raises(UserError, match=r"letters\.zip: expected images of two classes or more, received 1\.$"):
        preprocess({"a/1.png": encode(L), "a/2.png": encode(J)}, "class-folders")


def test_only_images_whose_class_matches_the_pattern_are_kept(preprocess, tmp_path):
    files = {"n/0/1.png": encode(L), "v/a/1.png": encode(EVEN), "n/1/1.png": encode(J), "v/o/1.png": encode(L)}
    description, labelled, _ = preprocess(files, "class-folders", "n/*")
    assert description["balance"] == {"n/0": 1, "n/1": 1}
    assert (labelled.ids.tolist(), labelled.labels.tolist()) == (["n/0/1.png", "n/1/1.png"], [0, 1])
    np.testing.assert_array_equal(labelled.images, [L, J])
    assert load_classes(tmp_path / "prepared") == ["n/0", "n/1"]


def test_without_a_pattern_all_classes_are_kept(preprocess):
    files = {"n/0/1.png": encode(L), "[x]/1.png": encode(EVEN), "A/1.png": encode(J)}
    assert list(preprocess(files, "class-folders")[0]["balance"]) == ["A", "[x]", "n/0"]


def test_pixels_of_the_matching_classes_are_kept(preprocess, tmp_path):
    _, labelled, _ = preprocess(pixel_csv((2, L), (7, J), (1, 255 - L), (2, J)), "pixel-csv", "[0-5]")
    np.testing.assert_array_equal(labelled.images, [L, 255 - L, J])
    assert labelled.labels.tolist() == [1, 0, 1]
    assert load_classes(tmp_path / "prepared") == ["1", "2"]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [("*", "uvwxy"), ("[A-Z]", "vy"), ("[!B]", "uw"), ("?", "uvwy"), ("n/*", "x"), ("*1", "x"), ("n", ""), ("", "")],
)
def test_a_pattern_matches_the_whole_name_and_its_case(pattern, kept):
    files = filter_classes(RawSplit(list("uvwxy"), LABELS, list("UVWXY")), pattern)
    assert (files.ids, files.files_or_pixels) == (list(kept), list(kept.upper()))
    pixels = filter_classes(RawSplit(list("uvwxy"), LABELS, np.arange(20, dtype=np.uint8).reshape(5, 2, 2)), pattern)
    assert pixels.labels == files.labels == [LABELS["uvwxy".index(i)] for i in kept]
    assert (pixels.files_or_pixels.dtype, pixels.files_or_pixels.shape[1:]) == (np.uint8, (2, 2))
    assert pixels.files_or_pixels[:, 0, 0].tolist() == [4 * "uvwxy".index(i) for i in kept]


def test_a_split_without_labels_is_not_filtered():
    split = RawSplit(["1", "2"], None, np.stack([L, J]))
    assert filter_classes(split, "n/*") is split


def test_unlabelled_test_images_and_their_sample_are_all_kept(preprocess, tmp_path):
    _, labelled, test = preprocess(THREE_CLASSES, pattern="[a-z]")
    assert (test.ids.tolist(), test.labels) == (["4", "3"], None)
    assert labelled.ids.tolist() == ["1", "5"]
    assert load_sample(tmp_path / "prepared") == SAMPLE


@pytest.mark.parametrize(
    ("test_labels", "pattern", "ids", "labels", "sample"),
    [
        ("3,NA\n4,c\n", None, ["4", "3"], [2, 0], SAMPLE),
        ("3,NA\n4,c\n", "[a-z]", ["4"], [1], None),
        ("3,c\n4,b\n", "[a-z]", ["4", "3"], [0, 1], SAMPLE),
        ("3,NA\n4,NA\n", "[a-z]", [], [], None),
    ],
)
def test_labelled_test_images_are_filtered_and_the_sample_dropped_where_one_is_missing(
    preprocess, tmp_path, test_labels, pattern, ids, labels, sample
):
    description, _, test = preprocess(THREE_CLASSES | {"testLabels.csv": f"ID,Class\n{test_labels}"}, pattern=pattern)
    assert (test.ids.tolist(), test.labels.tolist(), test.labels.dtype) == (ids, labels, np.int32)
    assert test.images.shape == (len(ids), 5, 5)
    assert description["images"]["test"] == len(ids)
    assert load_sample(tmp_path / "prepared") == sample


@pytest.mark.parametrize(("pattern", "count"), [("b", 1), ("n/*", 0)])
def test_a_pattern_of_fewer_than_two_classes_is_refused(preprocess, tmp_path, pattern, count):
    expected = f"letters.zip: expected images of two classes or more that match dataset.classes, {pattern!r}, "
    with pytest.raises(UserError, match=re.escape(f"{expected}received {count}.") + "$"):
        preprocess(THREE_CLASSES, pattern=pattern)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]


def test_a_test_class_without_labelled_image_is_refused(preprocess):
    expected = r"letters\.zip: the test class 'c' has no labelled image; add some\.$"
    with pytest.raises(UserError, match=expected):
        preprocess(JULIA | {"testLabels.csv": "ID,Class\n3,c\n4,b\n"})


def test_a_broken_archive_leaves_the_prepared_images_unchanged(preprocess, tmp_path):
    preprocess(JULIA)
    before = file_contents(tmp_path / "prepared")
    with pytest.raises(UserError, match=r"train\.zip is not a whole zip archive"):
        preprocess(JULIA | {"train.zip": b"PK"})
    assert file_contents(tmp_path / "prepared") == before


def test_the_description_counts_classes_duplicates_and_conflicts():
    images = np.stack([L, J, L, L, J, 255 - L])
    labels = np.array([0, 1, 0, 2, 1, 2])
    labelled = PreparedSplit(images, np.array(list("uvwxyz")), np.zeros((6, 2), np.int32), labels)
    test = PreparedSplit(images[:2], np.array(["1", "2"]), np.zeros((2, 2), np.int32), None)
    assert describe_dataset(labelled, test, ["a", "b", "c"]) == {
        "images": {"train": 6, "test": 2},
        "classes": 3,
        "per_class": {"fewest": 2, "median": 2.0, "most": 2},
        "duplicates": 3,
        "conflicts": {"images": 3, "examples": [{"u": "a", "w": "a", "x": "c"}]},
        "balance": {"a": 2, "b": 2, "c": 2},
    }


def test_the_description_is_plain_json(preprocess):
    description, *_ = preprocess(JULIA)
    assert json.loads(json.dumps(description)) == description


def test_images_that_differ_in_one_pixel_are_not_duplicates():
    other = L.copy()
    other[2, 2] = 1
    assert group_duplicates(np.stack([L, other, J])) == []
    groups = group_duplicates(np.stack([L, other, J, other, L]))
    assert sorted(group.tolist() for group in groups) == [[0, 4], [1, 3]]


def test_a_missing_array_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as error:  # of which a stage says what to run
        load_split("labelled", tmp_path)
    assert error.value.filename == str(tmp_path / "labelled/images.npy")


def test_pickled_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object))
    with pytest.raises(UserError, match=r"a\.npy: cannot be read \(.*allow_pickle=False"):
        load_array(tmp_path / "a.npy")

import json
import re

import numpy as np
import pytest

from letterpress.configuration.data import ImageConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.description import describe, groups_of_equal
from letterpress.datasets.formats.read import keep
from letterpress.datasets.image_arrays import CHUNK, prepare
from letterpress.datasets.preprocess import prepare_dataset
from letterpress.datasets.raw import Part
from letterpress.infrastructure.errors import UserError
from letterpress.storage import prepared as arrays
from letterpress.storage.prepared import Arrays
from tests.archives import J, L, archive_of, encode, write_zip, zipped

PLAIN = ImageConfig(height=5, width=5, preserve_aspect_ratio=False, invert=False, pca_channel=False)
EVEN = np.full((15, 10), 90, np.uint8)
SAMPLE = b"ID,Class\r\n4,A\r\n3,A\r\n"
JULIA = {
    "trainLabels.csv": "ID,Class\n1,b\n2,NA\n",
    "sampleSubmission.csv": SAMPLE,
    "train.zip": zipped({"train/1.Bmp": encode(L), "train/2.Bmp": encode(EVEN)}),
    "test.zip": zipped({"test/3.Bmp": encode(J), "test/4.Bmp": encode(L)}),
}


def tree(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def prepared(folder, files, layout="labels-csv", params=PLAIN, wanted=None):
    path = write_zip(folder / "letters.zip", files)
    return prepare_dataset(path, layout, params, wanted, folder / "prepared")


def test_an_archive_becomes_arrays_of_one_size(tmp_path):
    prepared(tmp_path, JULIA)
    train = arrays.load("train", tmp_path / "prepared")
    assert (train.images.dtype, train.sizes.dtype, train.labels.dtype) == (np.uint8, np.int32, np.int32)
    np.testing.assert_array_equal(train.images, [L, np.full((5, 5), 90)])
    assert train.sizes.tolist() == [[5, 5], [15, 10]]
    assert train.ids.tolist() == ["1", "2"]


def test_labels_are_indices_of_the_sorted_classes(tmp_path):
    prepared(tmp_path, JULIA)
    assert arrays.load_classes(tmp_path / "prepared") == ["NA", "b"]
    assert arrays.load("train", tmp_path / "prepared").labels.tolist() == [1, 0]


def test_test_images_keep_the_samples_order_and_have_no_labels(tmp_path):
    prepared(tmp_path, JULIA)
    test = arrays.load("test", tmp_path / "prepared")
    assert test.labels is None
    assert test.ids.tolist() == ["4", "3"]
    np.testing.assert_array_equal(test.images, [L, J])


def test_known_labels_of_test_images_are_indices_of_the_same_classes(tmp_path):
    prepared(tmp_path, JULIA | {"testLabels.csv": "ID,Class\n3,NA\n4,b\n"})
    assert arrays.load("test", tmp_path / "prepared").labels.tolist() == [1, 0]


def test_the_sample_submission_is_kept_to_the_byte(tmp_path):
    prepared(tmp_path, JULIA)
    assert arrays.load_sample(tmp_path / "prepared") == SAMPLE


def test_an_archive_without_test_images_gives_none(tmp_path):
    prepared(tmp_path, {"a/1.png": encode(L), "b/1.png": encode(J)}, "class-folders")
    test = arrays.load("test", tmp_path / "prepared")
    assert (test.images.shape, test.ids.shape, test.sizes.shape) == ((0, 5, 5), (0,), (0, 2))
    assert test.labels is None
    assert arrays.load_sample(tmp_path / "prepared") is None


def test_pixels_of_a_table_are_resized_and_negated_like_pictures(tmp_path):
    cells = [",".join(map(str, [label, *pixels.ravel()])) for label, pixels in ((0, L), (1, J))]
    table = "\n".join([",".join(["label", *(f"pixel{i}" for i in range(25))]), *cells])
    params = ImageConfig(height=8, width=6, preserve_aspect_ratio=True, invert=True, pca_channel=False)
    prepared(tmp_path, {"train.csv": table}, "pixel-csv", params)
    from_table = arrays.load("train", tmp_path / "prepared")
    prepared(tmp_path, {"0/1.png": encode(L), "1/1.png": encode(J)}, "class-folders", params)
    from_pictures = arrays.load("train", tmp_path / "prepared")
    np.testing.assert_array_equal(from_table.images, from_pictures.images)
    np.testing.assert_array_equal(from_table.sizes, from_pictures.sizes)


def test_pixels_of_the_wanted_size_are_taken_as_they_are(tmp_path):
    part = Part(["1", "2"], None, np.stack([L, J]))
    archive = archive_of(tmp_path, {})
    np.testing.assert_array_equal(prepare(part, archive, PLAIN, "x")[0], [[L, J]])
    negative = ImageConfig(height=5, width=5, preserve_aspect_ratio=False, invert=True, pca_channel=False)
    (images,), sizes = prepare(part, archive, negative, "x")
    np.testing.assert_array_equal(images, [255 - L, 255 - J])
    assert sizes.tolist() == [[5, 5], [5, 5]]


def test_contrasts_are_kept_beside_the_images(tmp_path):
    coloured = np.zeros((5, 5, 3), np.uint8)
    coloured[..., 0], coloured[2] = 130, (0, 66, 0)  # a green bar on red of the same brightness
    params = ImageConfig(height=5, width=5, preserve_aspect_ratio=False, invert=False, pca_channel=True)
    prepared(tmp_path, {"a/1.png": encode(coloured), "b/1.png": encode(L)}, "class-folders", params)
    images, contrast = arrays.load("train", tmp_path / "prepared").greys
    np.testing.assert_array_equal(images, [np.full((5, 5), 39), L])
    assert contrast[0].std(axis=1).max() == 0
    assert abs(int(contrast[0, 2, 0]) - int(contrast[0, 0, 0])) == 255
    np.testing.assert_array_equal(contrast[1], L)
    assert [grey.shape for grey in arrays.load("test", tmp_path / "prepared").greys] == [(0, 5, 5), (0, 5, 5)]


def test_bare_pixels_have_no_second_grey(tmp_path):
    cells = "\n".join(["label,pixel0,pixel1,pixel2,pixel3", "0,0,0,0,9", "1,9,0,0,0"])
    params = ImageConfig(height=2, width=2, preserve_aspect_ratio=False, invert=False, pca_channel=True)
    expected = r"image\.contrast: .*letters\.zip holds bare greys, no colours; set it to false\.$"
    with pytest.raises(UserError, match=expected):
        prepared(tmp_path, {"train.csv": cells}, "pixel-csv", params)


def test_the_same_archive_gives_the_same_bytes(tmp_path):
    first = prepared(tmp_path, JULIA)
    written = tree(tmp_path / "prepared")
    assert prepared(tmp_path, JULIA) == first
    assert tree(tmp_path / "prepared") == written


def test_images_of_several_chunks_stay_in_order(tmp_path):
    count = CHUNK + 3
    pictures = {f"{i}.png": encode(np.full((5, 5), i % 256, np.uint8)) for i in range(count)}
    archive = archive_of(tmp_path, pictures)
    (images,), sizes = prepare(Part(list(pictures), None, list(pictures)), archive, PLAIN, "x")
    assert images[:, 0, 0].tolist() == [i % 256 for i in range(count)]
    assert sizes.shape == (count, 2)


def test_unreadable_images_are_refused_by_the_first_with_a_count_and_nothing_is_written(tmp_path):
    files = {"a/1.png": encode(L), "a/2.png": encode(L)[:-30], "b/1.png": b"x", "b/2.png": encode(J)}
    expected = r"letters\.zip: a/2\.png is no readable image \(.*\) \(2 such images\); replace or remove it\.$"
    with pytest.raises(UserError, match=expected):
        prepared(tmp_path, files, "class-folders")
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]


def test_one_class_only_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: expected images of two classes or more, received 1\.$"):
        prepared(tmp_path, {"a/1.png": encode(L), "a/2.png": encode(J)}, "class-folders")


def test_only_images_of_the_wanted_classes_are_kept(tmp_path):
    files = {"n/0/1.png": encode(L), "v/a/1.png": encode(EVEN), "n/1/1.png": encode(J), "v/o/1.png": encode(L)}
    assert prepared(tmp_path, files, "class-folders", wanted="n/*")["balance"] == {"n/0": 1, "n/1": 1}
    train = arrays.load("train", tmp_path / "prepared")
    assert (train.ids.tolist(), train.labels.tolist()) == (["n/0/1.png", "n/1/1.png"], [0, 1])
    np.testing.assert_array_equal(train.images, [L, J])
    assert arrays.load_classes(tmp_path / "prepared") == ["n/0", "n/1"]


def test_no_pattern_keeps_all_classes(tmp_path):
    files = {"n/0/1.png": encode(L), "[x]/1.png": encode(EVEN), "A/1.png": encode(J)}
    assert list(prepared(tmp_path, files, "class-folders")["balance"]) == ["A", "[x]", "n/0"]


def test_pixels_of_the_wanted_classes_are_kept(tmp_path):
    cells = [",".join(map(str, [label, *pixels.ravel()])) for label, pixels in ((2, L), (7, J), (1, 255 - L), (2, J))]
    table = "\n".join([",".join(["label", *(f"pixel{i}" for i in range(25))]), *cells])
    prepared(tmp_path, {"train.csv": table}, "pixel-csv", wanted="[0-5]")
    train = arrays.load("train", tmp_path / "prepared")
    np.testing.assert_array_equal(train.images, [L, 255 - L, J])
    assert train.labels.tolist() == [1, 0, 1]
    assert arrays.load_classes(tmp_path / "prepared") == ["1", "2"]


LABELS = ["a", "B", "b", "n/1", "B"]


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [("*", "uvwxy"), ("[A-Z]", "vy"), ("[!B]", "uw"), ("?", "uvwy"), ("n/*", "x"), ("*1", "x"), ("n", ""), ("", "")],
)
def test_a_pattern_is_of_the_whole_name_and_its_case(pattern, kept):
    encoded = keep(Part(list("uvwxy"), LABELS, list("UVWXY")), pattern)
    assert encoded.ids == list(kept)
    assert encoded.pictures == list(kept.upper())
    pixels = keep(Part(list("uvwxy"), LABELS, np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)), pattern)
    assert pixels.labels == encoded.labels == [LABELS["uvwxy".index(i)] for i in kept]
    assert (pixels.pictures.dtype, pixels.pictures.shape[1:]) == (np.uint8, (2, 2))
    assert pixels.pictures[:, 0, 0].tolist() == [4 * "uvwxy".index(i) for i in kept]


def test_a_part_without_labels_is_kept_whole():
    part = Part(["1", "2"], None, np.stack([L, J]))
    assert keep(part, "n/*") is part


THREE = JULIA | {
    "trainLabels.csv": "ID,Class\n1,b\n2,NA\n5,c\n",
    "train.zip": zipped({f"train/{name}.Bmp": encode(EVEN) for name in (1, 2, 5)}),
}


def test_test_images_without_label_are_all_kept_and_so_is_their_sample(tmp_path):
    prepared(tmp_path, THREE, wanted="[a-z]")
    test = arrays.load("test", tmp_path / "prepared")
    assert (test.ids.tolist(), test.labels) == (["4", "3"], None)
    assert arrays.load("train", tmp_path / "prepared").ids.tolist() == ["1", "5"]
    assert arrays.load_sample(tmp_path / "prepared") == SAMPLE


def test_labelled_test_images_of_other_classes_go_and_the_sample_with_them(tmp_path):
    files = THREE | {"testLabels.csv": "ID,Class\n3,NA\n4,c\n"}
    prepared(tmp_path, files)
    assert arrays.load_sample(tmp_path / "prepared") == SAMPLE
    described = prepared(tmp_path, files, wanted="[a-z]")
    test = arrays.load("test", tmp_path / "prepared")
    assert (test.ids.tolist(), test.labels.tolist()) == (["4"], [1])
    np.testing.assert_array_equal(test.images, [L])
    assert arrays.load_sample(tmp_path / "prepared") is None
    assert described["images"] == {"train": 2, "test": 1}


def test_the_sample_stays_where_every_labelled_test_image_is_wanted(tmp_path):
    prepared(tmp_path, THREE | {"testLabels.csv": "ID,Class\n3,c\n4,b\n"}, wanted="[a-z]")
    assert arrays.load_sample(tmp_path / "prepared") == SAMPLE
    assert arrays.load("test", tmp_path / "prepared").labels.tolist() == [0, 1]


def test_no_labelled_test_image_may_be_wanted(tmp_path):
    prepared(tmp_path, THREE | {"testLabels.csv": "ID,Class\n3,NA\n4,NA\n"}, wanted="[a-z]")
    test = arrays.load("test", tmp_path / "prepared")
    assert (test.images.shape, test.labels.tolist(), test.labels.dtype) == ((0, 5, 5), [], np.int32)


@pytest.mark.parametrize(("wanted", "count"), [("b", 1), ("n/*", 0)])
def test_a_pattern_of_fewer_than_two_classes_is_refused(tmp_path, wanted, count):
    expected = f"letters.zip: expected images of two classes or more that match dataset.classes, {wanted!r}, "
    with pytest.raises(UserError, match=re.escape(f"{expected}received {count}.") + "$"):
        prepared(tmp_path, THREE, wanted=wanted)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]


def test_a_test_class_without_labelled_image_is_refused(tmp_path):
    expected = r"letters\.zip: the test class 'c' has no labelled image; add some\.$"
    with pytest.raises(UserError, match=expected):
        prepared(tmp_path, JULIA | {"testLabels.csv": "ID,Class\n3,c\n4,b\n"})


def test_an_archive_broken_inside_leaves_the_prepared_images_as_they_were(tmp_path):
    prepared(tmp_path, JULIA)
    before = tree(tmp_path / "prepared")
    with pytest.raises(UserError, match=r"train\.zip is not a whole zip archive"):
        prepared(tmp_path, JULIA | {"train.zip": b"PK"})
    assert tree(tmp_path / "prepared") == before


def test_the_description_counts_classes_duplicates_and_conflicts():
    images = np.stack([L, J, L, L, J, 255 - L])
    train = Arrays(images, np.array(list("uvwxyz")), np.zeros((6, 2), np.int32), np.array([0, 1, 0, 2, 1, 2]))
    test = Arrays(images[:2], np.array(["1", "2"]), np.zeros((2, 2), np.int32), None)
    assert describe(train, test, ["a", "b", "c"]) == {
        "images": {"train": 6, "test": 2},
        "classes": 3,
        "per_class": {"fewest": 2, "median": 2.0, "most": 2},
        "duplicates": 3,
        "conflicts": {"images": 3, "examples": [{"u": "a", "w": "a", "x": "c"}]},
        "balance": {"a": 2, "b": 2, "c": 2},
    }


def test_the_description_is_plain_json(tmp_path):
    described = prepared(tmp_path, JULIA)
    assert json.loads(json.dumps(described)) == described
    assert described["images"] == {"train": 2, "test": 2}


def test_images_that_differ_in_one_pixel_are_not_the_same():
    other = L.copy()
    other[2, 2] = 1
    assert groups_of_equal(np.stack([L, other, J])) == []
    groups = groups_of_equal(np.stack([L, other, J, other, L]))
    assert sorted(group.tolist() for group in groups) == [[0, 4], [1, 3]]


def test_a_missing_array_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"train_images\.npy: cannot be read \(.*\); run `dvc repro preprocess`\.$"):
        arrays.load("train", tmp_path)


def test_pickled_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object))
    with pytest.raises(UserError, match=r"a\.npy: cannot be read \(.*allow_pickle=False"):
        arrays.load_array(tmp_path / "a.npy")


def test_nothing_is_unpacked_to_disk_while_preparing(tmp_path):
    archive = Archive(write_zip(tmp_path / "letters.zip", JULIA))
    prepare(Part(["1"], None, ["train.zip/train/1.Bmp"]), archive, PLAIN, "x")
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]

"""The layout, classes, image size and ink of a data set are detected."""

from collections import Counter

import numpy as np
import pytest

from letterpress.datasets.inspection import detect_format, inspect_dataset
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, archive_of, encode

FOLDERS = {f"{label}/{i}.png": encode(image) for label, image in (("A", L), ("b", J)) for i in range(12)}
LABELLED = {"labels.csv": "ID,Class\n1,x\n2,y\n", "train/1.png": encode(L), "train/2.png": encode(255 - L)}
TABLE = {"train.csv": "label,pixel0,pixel1,pixel2,pixel3\n7,0,0,0,255\n8,9,9,9,9\n"}


@pytest.mark.parametrize(
    ("files", "layout", "counts"),
    [
        (FOLDERS, "class-folders", {"A": 12, "b": 12}),
        (LABELLED, "labels-csv", {"x": 1, "y": 1}),
        (TABLE, "pixel-csv", {"7": 1, "8": 1}),
    ],
)
def test_layout_and_classes_are_detected(tmp_path, files, layout, counts):
    info = inspect_dataset(archive_of(tmp_path, files))
    assert (info.layout, info.counts, info.test_images) == (layout, Counter(counts), 0)


def test_the_median_size_and_the_fraction_of_light_ink(tmp_path):
    light = np.zeros((9, 7), np.uint8)
    light[3:6, 2:5] = 255
    images = {"a/1.png": light, "a/2.png": light[:, :5], "b/1.png": 255 - light, "b/2.png": light}
    info = inspect_dataset(archive_of(tmp_path, {name: encode(image) for name, image in images.items()}))
    assert (info.side, info.light_ink) == ((9, 7), 0.75)


def test_an_archive_of_no_known_layout_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: expected a folder of images for each class, .* 1 files\.$"):
        detect_format(archive_of(tmp_path, {"notes.txt": b""}))


def test_one_class_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected labelled images of two classes or more, found 1\.$"):
        inspect_dataset(archive_of(tmp_path, {"a/1.png": encode(L)}))


def test_an_unreadable_image_is_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: a/1\.png is not a readable image \(.*\) \(1 such images\); replace"):
        inspect_dataset(archive_of(tmp_path, {"a/1.png": b"x", "b/1.png": encode(L)}))

"""The layout pixel-csv: rows become square images, and wrong headers, widths and values are refused by row."""

import re

import numpy as np
import pytest

from letterpress.datasets.formats.pixel_csv import read_pixel_csv
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, archive_of

HEADER = ",".join(f"pixel{i}" for i in range(25))


def row(pixels, label=None):
    cells = [str(value) for value in pixels.ravel()]
    return ",".join(cells if label is None else [label, *cells])


def table(*rows, label=True):
    return "\n".join([f"label,{HEADER}" if label else HEADER, *rows]) + "\n"


TRAIN = table(row(L, "7"), row(J, "3"))
TEST = table(row(J), row(L), label=False)


def test_rows_become_square_images_with_their_labels(tmp_path):
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": TRAIN}))
    assert raw.labelled.ids == ["1", "2"]
    assert raw.labelled.labels == ["7", "3"]
    assert raw.labelled.files_or_pixels.dtype == np.uint8
    np.testing.assert_array_equal(raw.labelled.files_or_pixels, [L, J])


def test_without_a_test_table_there_are_no_test_images(tmp_path):
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": TRAIN}))
    assert (raw.test.ids, raw.test.labels, raw.sample_submission) == ([], None, None)
    assert raw.test.files_or_pixels.shape == (0, 5, 5)


def test_test_images_are_numbered_from_one(tmp_path):
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": TRAIN, "test.csv": TEST}))
    assert (raw.test.ids, raw.test.labels) == (["1", "2"], None)
    np.testing.assert_array_equal(raw.test.files_or_pixels, [J, L])


def test_test_images_are_in_the_order_of_the_sample(tmp_path):
    sample = "ImageId,Label\n2,0\n1,0\n"
    raw = read_pixel_csv(
        archive_of(tmp_path, {"train.csv": TRAIN, "test.csv": TEST, "sample_submission.csv": sample})
    )
    assert raw.test.ids == ["2", "1"]
    np.testing.assert_array_equal(raw.test.files_or_pixels, [L, J])
    assert raw.sample_submission == sample.encode()


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark_do_not_matter(tmp_path, start, end):
    content = start + TRAIN.replace("\n", end).encode()
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": content}))
    assert raw.labelled.labels == ["7", "3"]
    np.testing.assert_array_equal(raw.labelled.files_or_pixels, [L, J])


@pytest.mark.parametrize("name", ["NA", "nan", "None", "null", "1.0", "007", "True", "क"])
def test_a_label_stays_the_text_it_is(tmp_path, name):
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": table(row(L, name), row(J, "3"))}))
    assert raw.labelled.labels == [name, "3"]


def test_whole_values_written_as_decimals_are_accepted(tmp_path):
    raw = read_pixel_csv(archive_of(tmp_path, {"train.csv": table(row(L.astype(float), "7"), row(J, "3"))}))
    np.testing.assert_array_equal(raw.labelled.files_or_pixels, [L, J])


def cut(label, pixels):
    """A row without its last pixel."""
    return row(pixels, label).rpartition(",")[0]


LONG = "is not a regular CSV (Length of header or names does not match"
ERRORS = [
    ("no train.csv", {"test.csv": TEST}, "expected train.csv inside, found none."),
    ("no label", {"train.csv": TEST}, "train.csv: expected the column label first, received 'pixel0'."),
    (
        "empty labels",
        {"train.csv": table(row(L, "7"), row(L, ""), row(L, ""))},
        "train.csv: row 3 has no label, and 1 more like it (2 in all); correct the archive.",
    ),
    (
        "no square",
        {"train.csv": "label,pixel0,pixel1,pixel2\n7,0,0,0\n"},
        "train.csv: expected a square number of pixels, received 3.",
    ),
    ("no pixels", {"train.csv": "label\n7\n"}, "train.csv: expected a square number of pixels, received 0."),
    (
        "other columns",
        {"train.csv": TRAIN.replace("pixel3,", "pixel03,").replace("pixel7,", "x,")},
        "train.csv: expected the columns pixel0, pixel1 …, received pixel03, and 1 more like it (2 in all); ",
    ),
    (
        "labels of test images",
        {"train.csv": TRAIN, "test.csv": TRAIN},
        "test.csv: expected a square number of pixels, received 26.",
    ),
    (
        "a pixel too few",
        {"train.csv": table(row(L, "7"), cut("3", J))},
        "train.csv: row 3: expected whole values from 0 to 255, received '' in pixel24 (1 in all); ",
    ),
    (
        "a pixel too many",
        {"train.csv": table(row(L, "7"), row(J, "3") + ",0")},
        "train.csv: is not a regular CSV (Error tokenizing data. C error: Expected 26 fields in line 3, saw 27); ",
    ),
    ("all rows too long", {"train.csv": table(row(L, "7") + ",0", row(J, "3") + ",0")}, f"train.csv: {LONG}"),
    ("all test rows too long", {"train.csv": TRAIN, "test.csv": "pixel0\n0,0\n0,0\n"}, f"test.csv: {LONG}"),
    (
        "two empty tables",
        {"train.csv": "", "test.csv": ""},
        "train.csv: is not a regular CSV (No columns to parse from file); correct the archive.",
    ),
    (
        "test images of another size",
        {"train.csv": TRAIN, "test.csv": "pixel0,pixel1,pixel2,pixel3\n0,0,0,0\n"},
        "test.csv: expected images of (5, 5) pixels as in train.csv, received (2, 2).",
    ),
    (
        "a sample of more images",
        {"train.csv": TRAIN, "test.csv": TEST, "sample_submission.csv": "ImageId,Label\n1,0\n2,0\n3,0\n"},
        "sample_submission.csv: row 4 has the id 3, which has no test image (1 in all); correct the archive.",
    ),
]


@pytest.mark.parametrize(("files", "text"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS])
def test_a_wrong_table_is_refused_by_file_and_row_with_a_count(tmp_path, files, text):
    with pytest.raises(UserError, match=re.escape(f"letters.zip: {text}")):
        read_pixel_csv(archive_of(tmp_path, files))


@pytest.mark.parametrize("value", ["256", "-1", "0.5", "nan", "NaN", "", "inf", "x"])
def test_values_outside_0_to_255_are_refused_by_row_and_pixel_with_a_count(tmp_path, value):
    cells = ["7"] + ["0"] * 25
    cells[4] = cells[6] = value
    archive = archive_of(tmp_path, {"train.csv": table(row(L, "7"), ",".join(cells), ",".join(cells))})
    shown = rf"'({re.escape(value)}|{re.escape(value)}\.0)'"
    expected = rf"row 3: expected whole values from 0 to 255, received {shown} in pixel3, and 1 more like it \(2"
    with pytest.raises(UserError, match=expected):
        read_pixel_csv(archive)

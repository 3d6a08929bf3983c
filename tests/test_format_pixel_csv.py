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


def expect_error(folder, files, text):
    with pytest.raises(UserError, match=f"{re.escape(f'letters.zip: {text}')}$"):
        read_pixel_csv(archive_of(folder, files))


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


def test_an_archive_without_train_csv_is_refused(tmp_path):
    expect_error(tmp_path, {"test.csv": TEST}, "expected train.csv inside, found none.")


def test_a_table_without_labels_is_refused(tmp_path):
    expect_error(tmp_path, {"train.csv": TEST}, "train.csv: expected the column label first, received 'pixel0'.")


def test_rows_without_label_are_refused_by_the_first_with_a_count(tmp_path):
    content = table(row(L, "7"), row(L, ""), row(L, ""))
    expect_error(
        tmp_path,
        {"train.csv": content},
        "train.csv: row 3 has no label, and 1 more like it (2 in all); correct the archive.",
    )


def test_a_number_of_pixels_that_is_not_a_square_is_refused(tmp_path):
    content = "label,pixel0,pixel1,pixel2\n7,0,0,0\n"
    expect_error(tmp_path, {"train.csv": content}, "train.csv: expected a square number of pixels, received 3.")


def test_a_table_without_pixels_is_refused(tmp_path):
    expect_error(tmp_path, {"train.csv": "label\n7\n"}, "train.csv: expected a square number of pixels, received 0.")


def test_a_wrong_header_is_refused(tmp_path):
    content = TRAIN.replace("pixel3,", "pixel03,").replace("pixel7,", "x,")
    expect_error(
        tmp_path,
        {"train.csv": content},
        "train.csv: expected the columns pixel0, pixel1 …, received pixel03, "
        "and 1 more like it (2 in all); correct the archive.",
    )


def test_labels_in_the_test_table_are_refused(tmp_path):
    expect_error(
        tmp_path,
        {"train.csv": TRAIN, "test.csv": TRAIN},
        "test.csv: expected a square number of pixels, received 26.",
    )


@pytest.mark.parametrize("value", ["256", "-1", "0.5", "nan", "NaN", "", "inf", "x"])
def test_values_outside_0_to_255_are_refused_by_row_and_pixel_with_a_count(tmp_path, value):
    cells = ["7"] + ["0"] * 25
    cells[4] = cells[6] = value
    content = table(row(L, "7"), ",".join(cells), ",".join(cells))
    path = archive_of(tmp_path, {"train.csv": content})
    expected = (
        r"train\.csv: row 3: expected whole values from 0 to 255, received '(.*)' in pixel3, and 1 more like it \(2"
    )
    with pytest.raises(UserError, match=expected) as caught:
        read_pixel_csv(path)
    shown = re.search(expected, str(caught.value)).group(1)
    assert shown in (value, f"{value}.0")


def test_a_row_with_too_few_pixels_is_refused(tmp_path):
    content = table(row(L, "7"), row(J, "3")[: -len(",0")])
    expect_error(
        tmp_path,
        {"train.csv": content},
        "train.csv: row 3: expected whole values from 0 to 255, received '' in pixel24 (1 in all); "
        "correct the archive.",
    )


def test_a_row_with_too_many_pixels_is_refused(tmp_path):
    content = table(row(L, "7"), row(J, "3") + ",0")
    expect_error(
        tmp_path,
        {"train.csv": content},
        "train.csv: is not a regular CSV (Error tokenizing data. C error: Expected 26 fields in line 3, saw 27); "
        "correct the archive.",
    )


def test_rows_that_are_all_longer_than_the_header_are_refused_and_not_cut(tmp_path):
    content = table(row(L, "7") + ",0", row(J, "3") + ",0")
    with pytest.raises(
        UserError, match=r"train\.csv: is not a regular CSV \(Length of header or names does not match"
    ):
        read_pixel_csv(archive_of(tmp_path, {"train.csv": content}))


def test_rows_of_test_images_that_are_all_longer_than_the_header_are_refused(tmp_path):
    test = "pixel0\n0,0\n0,0\n"
    with pytest.raises(
        UserError, match=r"test\.csv: is not a regular CSV \(Length of header or names does not match"
    ):
        read_pixel_csv(archive_of(tmp_path, {"train.csv": TRAIN, "test.csv": test}))


def test_of_two_wrong_tables_the_labelled_one_is_reported(tmp_path):
    expect_error(
        tmp_path,
        {"train.csv": "", "test.csv": ""},
        "train.csv: is not a regular CSV (No columns to parse from file); correct the archive.",
    )


def test_test_images_of_another_size_are_refused(tmp_path):
    content = "pixel0,pixel1,pixel2,pixel3\n0,0,0,0\n"
    expect_error(
        tmp_path,
        {"train.csv": TRAIN, "test.csv": content},
        "test.csv: expected images of (5, 5) pixels as in train.csv, received (2, 2).",
    )


def test_a_sample_with_other_ids_than_the_test_images_is_refused(tmp_path):
    sample = "ImageId,Label\n1,0\n2,0\n3,0\n"
    expect_error(
        tmp_path,
        {"train.csv": TRAIN, "test.csv": TEST, "sample_submission.csv": sample},
        "sample_submission.csv: row 4 has the id 3, which has no test image (1 in all); correct the archive.",
    )

"""The layout labels-csv: rows and images are matched by id, and wrong tables are refused by row."""

import re
from pathlib import PurePosixPath
from unicodedata import normalize

import pytest

from letterpress.datasets.formats.labels_csv import read_labels_csv
from letterpress.datasets.raw import RawSplit
from letterpress.infrastructure.errors import UserError
from tests.archives import archive_of, zipped

TRAIN = {"train/1.png": "one", "train/2.png": "two"}
TEST = {"test/3.png": "three", "test/4.png": "four"}
LABELS = "ID,Class\n1,a\n2,b\n"
SAMPLE = "ID,Class\n3,A\n4,A\n"


def read_files(folder, files):
    return read_labels_csv(archive_of(folder, files))


def expect_error(folder, files, text):
    with pytest.raises(UserError, match=f"{re.escape(f'letters.zip: {text}')}$"):
        read_files(folder, files)


def test_labelled_images_are_in_the_order_of_the_table(tmp_path):
    raw = read_files(tmp_path, TRAIN | {"trainLabels.csv": "ID,Class\n2,b\n1,a\n"})
    assert raw.labelled == RawSplit(["2", "1"], ["b", "a"], ["train/2.png", "train/1.png"])
    assert raw.test == RawSplit([], None, [])
    assert raw.sample_submission is None


@pytest.mark.parametrize("separator", [";", "\t"])
def test_cells_may_be_separated_as_spreadsheets_do(tmp_path, separator):
    table = f'ID{separator}Class\n1{separator}"a,b"\n2{separator}b\n'
    raw = read_files(tmp_path, TRAIN | {"trainLabels.csv": table})
    assert raw.labelled == RawSplit(["1", "2"], ["a,b", "b"], ["train/1.png", "train/2.png"])


def test_images_may_be_in_inner_zips(tmp_path):
    raw = read_files(
        tmp_path,
        {
            "trainLabels.csv": LABELS,
            "sampleSubmission.csv": SAMPLE,
            "train.zip": zipped({"train/1.Bmp": "one", "train/2.Bmp": "two"}),
            "test.zip": zipped({"test/3.Bmp": "three", "test/4.Bmp": "four"}),
        },
    )
    assert raw.labelled == RawSplit(["1", "2"], ["a", "b"], ["train.zip/train/1.Bmp", "train.zip/train/2.Bmp"])
    assert raw.test == RawSplit(["3", "4"], None, ["test.zip/test/3.Bmp", "test.zip/test/4.Bmp"])
    assert raw.sample_submission == SAMPLE.encode()


def test_test_images_without_a_sample_are_ordered_by_number_then_by_name(tmp_path):
    files = {f"test/{item}.png": "x" for item in ("b", "10", "a", "9")}
    raw = read_files(tmp_path, TRAIN | files | {"labels.csv": LABELS})
    assert raw.test.ids == ["9", "10", "a", "b"]


def test_test_images_are_in_the_order_of_the_sample(tmp_path):
    sample = "ID,Class\n4,A\n3,A\n"
    raw = read_files(tmp_path, TRAIN | TEST | {"labels.csv": LABELS, "sample_submission.csv": sample})
    assert raw.test == RawSplit(["4", "3"], None, ["test/4.png", "test/3.png"])


def test_labels_of_test_images_are_in_the_order_of_the_images(tmp_path):
    raw = read_files(tmp_path, TRAIN | TEST | {"trainLabels.csv": LABELS, "testLabels.csv": "ID,Class\n4,d\n3,c\n"})
    assert raw.test == RawSplit(["3", "4"], ["c", "d"], ["test/3.png", "test/4.png"])


@pytest.mark.parametrize(
    "table",
    [
        b"ID,Class\r\n1,a\r\n2,b\r\n",
        b"\xef\xbb\xbfID,Class\n1,a\n2,b\n",
        b"\xef\xbb\xbfID,Class\r\n1,a\r\n2,b",
        b'"ID","Class"\n"1","a"\n"2","b"\n',
        b" id , CLASS\n 1, a\n2 ,b \n\n",
    ],
)
def test_line_ends_byte_order_mark_quotes_and_spaces_do_not_matter(tmp_path, table):
    raw = read_files(tmp_path, TRAIN | {"trainLabels.csv": table})
    assert raw.labelled == RawSplit(["1", "2"], ["a", "b"], ["train/1.png", "train/2.png"])


@pytest.mark.parametrize("name", ["NA", "nan", "None", "null", "1.0", "007", "True", "क", ","])
def test_a_label_stays_the_text_it_is(tmp_path, name):
    raw = read_files(tmp_path, TRAIN | {"trainLabels.csv": f'ID,Class\n1,"{name}"\n2,b\n'})
    assert raw.labelled.labels == [name, "b"]


def test_an_archive_without_a_table_is_refused(tmp_path):
    expect_error(tmp_path, TRAIN, "expected trainLabels.csv or labels.csv inside, found neither.")


@pytest.mark.parametrize(
    ("header", "received"),
    [
        ("", "''"),
        ("ID", "'id'"),
        ("colour,shape", "'colour,shape'"),
        ("ID,Font,Size", "'id,font,size'"),
        ("1,a", "'1,a'"),
    ],
)
def test_a_wrong_header_is_refused(tmp_path, header, received):
    expect_error(
        tmp_path,
        TRAIN | {"trainLabels.csv": f"{header}\n1,a\n2,b\n" if header else ""},
        f"trainLabels.csv: expected the header ID,Class, received {received}.",
    )


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (["1,a", "2"], "row 3 expected two cells, received ['2'] (1 in all)"),
        (["1,a,x", "2"], "row 2 expected two cells, received ['1', 'a', 'x'], and 1 more like it (2 in all)"),
        (["1,a", ",b"], "row 3 has no id (1 in all)"),
        (["1,", "2, "], "row 2 has no class for the id 1, and 1 more like it (2 in all)"),
        (["1,a", "2,b", "1,b", "1,a"], "row 4 repeats the id 1, and 1 more like it (2 in all)"),
        (["1,a", "", "", "7,c"], "row 5 has the id 7, which has no image (1 in all)"),
        (["1,a", "2,b", "7,c", "8,c"], "row 4 has the id 7, which has no image, and 1 more like it (2 in all)"),
    ],
)
def test_a_wrong_row_is_refused_by_its_number_with_a_count(tmp_path, rows, text):
    table = "\n".join(["ID,Class", *rows])
    expect_error(tmp_path, TRAIN | {"trainLabels.csv": table}, f"trainLabels.csv: {text}; correct the archive.")


@pytest.mark.parametrize(
    ("files", "text"),
    [
        (
            {"train/7.png": "x", "train/8.png": "x"},
            "train/7.png has no row in trainLabels.csv, and 1 more like it (2 in all); correct the archive.",
        ),
        ({"train/1.jpg": "x"}, "train/1.png and train/1.jpg have the same id; remove one."),
        (
            TEST | {"testLabels.csv": "ID,Class\n3,c\n"},
            "test/4.png has no row in testLabels.csv (1 in all); correct the archive.",
        ),
        (
            TEST | {"sampleSubmission.csv": "ID,Class\n4,A\n"},
            "the test image 3 is not in sampleSubmission.csv (1 in all); correct the archive.",
        ),
    ],
)
def test_images_and_rows_that_do_not_match_are_refused(tmp_path, files, text):
    expect_error(tmp_path, TRAIN | {"trainLabels.csv": LABELS} | files, text)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("3,A\n4,A\n5,A\n6,A", "row 4 has the id 5, which has no test image, and 1 more like it (2 in all)"),
        ("3,A\n4,A\n3,A", "row 4 repeats the id 3 (1 in all)"),
    ],
)
def test_a_sample_with_other_ids_than_the_test_images_is_refused(tmp_path, rows, text):
    files = TRAIN | TEST | {"trainLabels.csv": LABELS, "sampleSubmission.csv": f"ID,Class\n{rows}\n"}
    expect_error(tmp_path, files, f"sampleSubmission.csv: {text}; correct the archive.")


@pytest.mark.parametrize("sample", [b"\xef\xbb\xbfID,Class\r\n3,A\r\n4,A\r\n", b'"ID","Class"\n"3","A"\n"4","A"'])
def test_a_samples_bytes_are_unchanged(tmp_path, sample):
    raw = read_files(tmp_path, TRAIN | TEST | {"trainLabels.csv": LABELS, "sampleSubmission.csv": sample})
    assert raw.test.ids == ["3", "4"]
    assert raw.sample_submission == sample


@pytest.mark.parametrize("name", ["trainLabels.csv", "sampleSubmission.csv"])
def test_a_table_that_is_not_utf_8_is_refused(tmp_path, name):
    files = TRAIN | TEST | {"trainLabels.csv": LABELS} | {name: b"ID,Class\n3,\xe9\n"}
    expect_error(tmp_path, files, f"{name} is not UTF-8 (byte 11); save it as UTF-8.")


def test_a_table_with_a_quote_that_is_never_closed_is_refused(tmp_path):
    table = 'ID,Class\n1,"a\n' + "2,b\n" * 40_000
    expect_error(
        tmp_path,
        TRAIN | {"trainLabels.csv": table},
        "trainLabels.csv: is not a regular CSV (field larger than field limit (131072)); correct it.",
    )


def test_braces_in_a_files_name_stay_in_the_message(tmp_path):
    expect_error(
        tmp_path,
        TRAIN | {"{0}/{x/trainLabels.csv": "ID,Class\n1,a\n"},
        "train/2.png has no row in {0}/{x/trainLabels.csv (1 in all); correct the archive.",
    )


HEADERS = [
    ("ID,Class", "1", "a"),
    ("id,label", "1.png", "a"),
    ("Image, Label", "train/1.png", "a"),
    ("filename,label", "./train/1", "a"),
    ("file;class".replace(";", ","), "data\\train\\1.png", "a"),
    ("name,label", "C:/Users/me/train/1.png", "a"),
    ("path,category", "/home/me/train/1.png", "a"),
    ("image name,character", "1", "a"),
]


@pytest.mark.parametrize("name", ["labels.csv", "english.csv", "train.csv", "data/Index.CSV"])
@pytest.mark.parametrize(("header", "item", "label"), HEADERS)
def test_usual_columns_and_ways_to_name_an_image_are_understood(tmp_path, name, header, item, label):
    raw = read_files(tmp_path, TRAIN | {name: f"{header}\n{item},{label}\n{item.replace('1', '2')},b\n"})
    assert raw.labelled == RawSplit([item, item.replace("1", "2")], ["a", "b"], list(TRAIN))
    columns = [column.strip().lower() for column in header.split(",")]
    assert raw.notes == (f"{name}: the column {columns[0]} names the images, {columns[1]} the classes.",)


def test_columns_are_found_in_any_order_and_others_are_named(tmp_path):
    table = "label,id,font,filename\na,7,x,1.png\nb,8,y,2.png\n"
    raw = read_files(tmp_path, TRAIN | {"labels.csv": table})
    assert (raw.labelled.ids, raw.labelled.labels) == (["1.png", "2.png"], ["a", "b"])
    assert raw.notes[0].endswith("filename names the images, label the classes; not used: id, font.")


def test_images_may_be_in_any_folder_where_none_is_called_train(tmp_path):
    files = {"data/Img/1.png": "one", "data/Img/2.png": "two", "data/notes.txt": "x"}
    raw = read_files(tmp_path, files | {"data/english.csv": "image,label\nImg/1.png,a\nImg/2.png,b\n"})
    assert raw.labelled == RawSplit(["Img/1.png", "Img/2.png"], ["a", "b"], ["data/Img/1.png", "data/Img/2.png"])


def test_an_image_named_twice_in_two_ways_is_refused(tmp_path):
    expected = "labels.csv: row 4 repeats the image train/1.png (1 in all); correct the archive."
    expect_error(tmp_path, TRAIN | {"labels.csv": "ID,Class\n1,a\n2,b\n1.png,b\n"}, expected)


@pytest.mark.parametrize("ids", [("3.png", "4.png"), ("test/3.png", "test/4.png"), ("4", "3")])
def test_a_sample_may_name_images_as_a_table_may_and_keeps_its_own_words(tmp_path, ids):
    sample = f"ID,Class\n{ids[0]},A\n{ids[1]},A\n"
    raw = read_files(tmp_path, TRAIN | TEST | {"labels.csv": LABELS, "sampleSubmission.csv": sample})
    assert raw.test.ids == list(ids)
    assert [PurePosixPath(name).stem for name in raw.test.files_or_pixels] == [PurePosixPath(i).stem for i in ids]


@pytest.mark.parametrize(("in_table", "in_archive"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_composed_and_decomposed_names_are_the_same(tmp_path, in_table, in_archive):
    rows = normalize(in_table, "가1,é\nü,é\nö,o\n")
    files = {normalize(in_archive, f"train/{name}.png"): name for name in ("가1", "ü", "ö")}
    raw = read_files(tmp_path, files | {"labels.csv": f"ID,Class\n{rows}"})
    assert (raw.labelled.ids, raw.labelled.labels) == (["가1", "ü", "ö"], ["é", "é", "o"])


def test_a_sample_in_decomposed_letters_keeps_its_own_ids(tmp_path):
    sample = normalize("NFD", "ID,Class\né,A\n")
    raw = read_files(tmp_path, TRAIN | {"test/é.png": "x", "labels.csv": LABELS, "sampleSubmission.csv": sample})
    assert raw.test.ids == [normalize("NFD", "é")]

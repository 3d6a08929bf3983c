"""The submission in the competition's own format."""

import pytest

from letterpress.evaluation.submission import make_submission
from letterpress.infrastructure.errors import UserError

IDS, LABELS = ["6284", "6285", "6286"], ["A", "b", "7"]


def test_the_samples_header_and_order_are_kept():
    sample = b"ImageId,Label\n6284,x\n6285,x\n6286,x\n"
    assert make_submission(IDS, LABELS, sample) == "ImageId,Label\n6284,A\n6285,b\n6286,7\n"


@pytest.mark.parametrize(
    "sample",
    [
        b"ID,Class\r\n6284,A\r\n6285,A\r\n6286,A\r\n",
        b"\xef\xbb\xbfID,Class\n6284,A\n6285,A\n6286,A\n",
        b"ID,Class\n6284,A\n6285,A\n6286,A",
        b"ID,Class\n6284,A\n6285,A\n6286,A\n\n",
        b'"ID","Class"\n"6284","A"\n"6285","A"\n"6286","A"\n',
    ],
    ids=["CRLF", "BOM", "no last line end", "blank line", "quotes"],
)
def test_the_samples_encoding_does_not_matter(sample):
    assert make_submission(IDS, LABELS, sample) == "ID,Class\n6284,A\n6285,b\n6286,7\n"


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        (b"6285,A\n6284,A\n6286,A\n", 3),
        (b"6284,A\n6285,A\n", 2),
        (b"6284,A\n6285,A\n6286,A\n6287,A\n", 4),
        (b"06284,A\n6285,A\n6286,A\n", 3),
    ],
    ids=["order", "fewer", "more", "other"],
)
def test_other_ids_than_the_samples_are_refused(rows, count):
    message = rf"data/submission\.csv: expected the {count} ids of the sample .* received 3 ids; run `dvc repro pre"
    with pytest.raises(UserError, match=message):
        make_submission(IDS, LABELS, b"ID,Class\n" + rows)


def test_without_a_sample_the_header_is_id_and_class():
    assert make_submission(IDS, LABELS, None) == "ID,Class\n6284,A\n6285,b\n6286,7\n"


def test_names_with_commas_and_quotes_are_quoted():
    assert make_submission(["a,b"], ['"'], None) == 'ID,Class\n"a,b",""""\n'


def test_without_test_images_the_header_remains():
    assert make_submission([], [], None) == "ID,Class\n"

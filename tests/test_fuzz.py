"""Randomly damaged archives, tables and images are read, or refused in one sentence."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letterpress.datasets.archive import Archive
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.infrastructure.errors import UserError
from tests.archives import J, L, encode, image_config, zipped
from tests.counts import INPUTS, count

LABELS = "ID,Class\n1,A\n2,B\n"
SAMPLE = "ID,Class\n3,A\n4,A\n"
PIXELS = "label,pixel0,pixel1,pixel2,pixel3\nA,0,1,2,255\nB,9,8,7,6\n"
PNG, JPEG, GIF = encode(L), encode(L, "JPEG"), encode(L, "GIF")
FILES = {
    "labels-csv": {
        "train/1.png": PNG,
        "train/2.jpg": JPEG,
        "test/3.gif": GIF,
        "test/4.png": encode(J),
        "trainLabels.csv": LABELS.encode(),
        "sampleSubmission.csv": SAMPLE.encode(),
    },
    "pixel-csv": {"train.csv": PIXELS.encode(), "test.csv": b"pixel0,pixel1,pixel2,pixel3\n1,2,3,4\n"},
    "class-folders": {"A/1.png": PNG, "B/2.jpg": JPEG, "B/more.zip": zipped({"3.gif": GIF})},
}


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """Change, cut, repeat, insert or truncate some bytes."""
    result = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(result) - 1)))
        end = min(len(result), at + draw(st.integers(1, 12)))
        damage = draw(st.sampled_from(["change", "cut", "repeat", "insert", "truncate"]))
        if damage == "change":
            result[at:end] = draw(st.binary(min_size=end - at, max_size=end - at))
        elif damage == "cut":
            del result[at:end]
        elif damage == "repeat":
            result[at:at] = result[at:end]
        elif damage == "insert":
            result[at:at] = draw(st.sampled_from([b"\x00", b"\xff", b"\n", b'"', b",", b"9" * 40, "é".encode()]))
        else:
            del result[at:]
    return bytes(result)


@st.composite
def archives(draw, layout: str) -> bytes:
    """Draw an archive of the layout that is damaged as a whole, or in one of its files."""
    files = dict(FILES[layout])
    if draw(st.booleans()):
        return draw(damaged(zipped(files)))
    name = draw(st.sampled_from(sorted(files)))
    return zipped(files | {name: draw(damaged(files[name]))})


@pytest.mark.parametrize("layout", FILES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused_in_one_sentence(layout, data):
    content = data.draw(archives(layout))
    count(INPUTS)
    with tempfile.TemporaryDirectory() as name:
        path, folder = Path(name) / "letters.zip", Path(name) / "prepared"
        path.write_bytes(content)
        error = preprocess_error(path, layout, folder)
        assert folder.exists() == (error is None)
        assert error is None or re.fullmatch(rf"{re.escape(str(path))}: [^\n]+\.", error)


def preprocess_error(path: Path, layout: str, folder: Path) -> str | None:
    try:
        preprocess_dataset(path, layout, image_config(), None, folder)
    except UserError as error:
        return str(error)
    return None


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_random_bytes_are_not_an_archive(content):
    count(INPUTS)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "letters.zip"
        path.write_bytes(content)
        with pytest.raises(UserError, match="is not a whole zip archive"):
            Archive(path)

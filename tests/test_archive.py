"""A zip is read without unpacking to disk; damaged, encrypted and oversized ones are refused by name."""

import io
import tracemalloc
import unicodedata
import zipfile

import pytest

from letterpress.datasets import archive as archive_module
from letterpress.datasets.archive import Archive
from letterpress.infrastructure.errors import UserError
from tests.archives import archive_of, damaged, damaged_deflate, zipped

SYSTEM_FILES = [
    "__MACOSX/train/._1.png",
    "__MACOSX/1.png",
    "a/__MACOSX/1.png",
    "train/._1.png",
    "._train.zip",
    ".DS_Store",
    "a/.DS_Store",
    "Thumbs.db",
    "a/desktop.ini",
    ".ipynb_checkpoints/1-checkpoint.png",
    "a/.thumbnails/1.png",
    "a/@eaDir/1.png/SYNOPHOTO_THUMB_S.jpg",
    "a/Icon\r",
    "$RECYCLE.BIN/1.png",
    ".git/config",
]


def open_bytes(folder, content):
    (folder / "letters.zip").write_bytes(content)
    return Archive(folder / "letters.zip")


def test_names_are_in_the_order_of_the_archive(tmp_path):
    archive = archive_of(tmp_path, {"b.csv": "x", "a/2.png": "y", "a/1.png": "z"})
    assert archive.names == ["b.csv", "a/2.png", "a/1.png"]
    assert archive.read("a/2.png") == b"y"


def test_inner_zips_are_read_without_unpacking(tmp_path):
    archive = archive_of(
        tmp_path, {"train.zip": zipped({"train/1.png": "one"}), "deep/Test.ZIP": zipped({"2": "two"})}
    )
    assert archive.names == ["train.zip/train/1.png", "deep/Test.ZIP/2"]
    assert archive.read("train.zip/train/1.png") == b"one"
    assert archive.read("deep/Test.ZIP/2") == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["letters.zip"]


def test_a_zip_in_an_inner_zip_is_not_opened(tmp_path):
    innermost = zipped({"1.png": "one"})
    archive = archive_of(tmp_path, {"a.zip": zipped({"b.zip": innermost})})
    assert archive.names == ["a.zip/b.zip"]
    assert archive.read("a.zip/b.zip") == innermost


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_files_of_macos_and_windows_are_ignored(tmp_path, name):
    archive = archive_of(tmp_path, {name: "x", "train.zip": zipped({name: "x", "train/1.png": "one"})})
    assert archive.names == ["train.zip/train/1.png"]


def test_folders_with_an_entry_of_their_own_are_listed_apart(tmp_path):
    archive = archive_of(tmp_path, {"a/1.png": "x"}, folders=["a", "b", "__MACOSX"])
    assert archive.folders == ["a", "b"]
    assert archive.names == ["a/1.png"]


def test_find_file_ignores_folder_zip_and_case(tmp_path):
    archive = archive_of(tmp_path, {"a.zip": zipped({"deep/TrainLabels.CSV": "x"}), "other.csv": "y"})
    assert archive.find_file("trainLabels.csv", "labels.csv") == "a.zip/deep/TrainLabels.CSV"
    assert archive.find_file("testLabels.csv") is None


def test_find_file_raises_where_two_files_match(tmp_path):
    archive = archive_of(tmp_path, {"b/labels.csv": "x", "a/labels.csv": "y"})
    expected = r"letters\.zip: expected one labels\.csv, found a/labels\.csv, b/labels\.csv; keep one\.$"
    with pytest.raises(UserError, match=expected):
        archive.find_file("labels.csv")


def test_two_files_of_one_name_are_refused(tmp_path):
    path = tmp_path / "letters.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("1.png", "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("1.png", "two")
    with pytest.raises(UserError, match=r"letters\.zip: has two files named 1\.png; remove one\.$"):
        Archive(path)


def test_a_missing_archive_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: cannot be read \(No such file or directory\)\.$"):
        Archive(tmp_path / "letters.zip")


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>"])
def test_a_file_that_is_not_a_zip_is_refused(tmp_path, content):
    expected = r"letters\.zip: is not a whole zip archive \(File is not a zip file\); fetch it again\.$"
    with pytest.raises(UserError, match=expected):
        open_bytes(tmp_path, content)


def test_a_zip_truncated_anywhere_is_refused(tmp_path):
    whole = zipped({"a/1.png": "one", "a/2.png": "two"})
    for length in range(len(whole)):
        with pytest.raises(UserError, match=r"letters\.zip: is not a whole zip archive"):
            open_bytes(tmp_path, whole[:length])


def test_a_truncated_inner_zip_is_refused_by_its_name(tmp_path):
    inner = zipped({"train/1.png": "one"})[:-5]
    expected = r"letters\.zip: train\.zip is not a whole zip archive \(File is not a zip file\); fetch it again\.$"
    with pytest.raises(UserError, match=expected):
        archive_of(tmp_path, {"labels.csv": "x", "train.zip": inner})


def test_a_file_with_a_wrong_checksum_is_refused_when_it_is_read(tmp_path):
    archive = open_bytes(tmp_path, damaged(zipped({"1.png": "one", "2.png": "two"}), b"two"))
    assert archive.read("1.png") == b"one"
    expected = r"letters\.zip: 2\.png cannot be unpacked \(Bad CRC-32 for file '2\.png'\)\.$"
    with pytest.raises(UserError, match=expected):
        archive.read("2.png")


def test_an_inner_zip_with_a_wrong_checksum_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"train\.zip cannot be unpacked \(Bad CRC-32 for file 'train\.zip'\)"):
        open_bytes(tmp_path, damaged(zipped({"train.zip": zipped({"1.png": "one"})}), b"one"))


def test_corrupted_compressed_bytes_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"letters\.zip: 1\.png cannot be unpacked \(Error -3 while decompressing"):
        open_bytes(tmp_path, damaged_deflate()).read("1.png")


def test_an_encrypted_file_is_refused(tmp_path):
    whole = zipped({"1.png": "one"})
    entry = whole.index(b"PK\x01\x02") + 8  # its flags; bit 0 says that it is encrypted
    archive = open_bytes(tmp_path, whole[:6] + b"\x01" + whole[7:entry] + b"\x01" + whole[entry + 1 :])
    with pytest.raises(UserError, match=r"1\.png cannot be unpacked \(.*is encrypted, password required"):
        archive.read("1.png")


def test_a_file_that_claims_to_be_too_large_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_BYTES", 1 << 20)
    archive = archive_of(tmp_path, {"a.png": bytes(1 << 20), "b.png": bytes((1 << 20) + 1)})
    assert len(archive.read("a.png")) == 1 << 20
    with pytest.raises(UserError, match=r"b\.png is larger than 1 MB unpacked; remove it"):
        archive.read("b.png")


def test_an_inner_zip_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_BYTES", 1 << 20)
    inner = zipped({"a.png": bytes((1 << 20) + 1)})
    with pytest.raises(UserError, match=r"its zips inside are larger than 1 MB; unpack them"):
        archive_of(tmp_path, {"train.zip": inner})


def test_a_zip_bomb_with_a_false_size_is_not_unpacked(tmp_path):
    """Its header claims a thousand bytes, 200 MB are there: memory grows by far less."""
    real, claimed = 200 << 20, 1000
    content = zipped({"a.png": bytes(real)}, method=zipfile.ZIP_DEFLATED)
    archive = open_bytes(tmp_path, content.replace(real.to_bytes(4, "little"), claimed.to_bytes(4, "little")))
    tracemalloc.start()
    with pytest.raises(UserError, match=r"a\.png cannot be unpacked"):
        archive.read("a.png")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < real / 4


def renamed(name: bytes, flags: int = 0) -> bytes:
    """Zip one file, its name replaced by other bytes, with these flags."""
    whole = bytearray(zipped({"x" * len(name): "one"}).replace(b"x" * len(name), name))
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = whole.index(header) + at
        whole[start : start + 2] = flags.to_bytes(2, "little")
    return bytes(whole)


@pytest.mark.parametrize(
    ("name", "flags"),
    [("é가.png".encode(), 0), ("é가.png".encode(), 0x800), (unicodedata.normalize("NFD", "é가.png").encode(), 0)],
)
def test_names_in_utf_8_are_read_with_or_without_the_flag_and_composed(tmp_path, name, flags):
    archive = open_bytes(tmp_path, renamed(name, flags))
    assert archive.names == ["é가.png"]
    assert archive.read("é가.png") == b"one"


def test_names_in_code_page_437_are_read(tmp_path):
    assert open_bytes(tmp_path, renamed("café ß/Ñ.png".encode("cp437"))).names == ["café ß/Ñ.png"]


GARBLED = [("文字.png".encode("gbk"), 0), (b"caf\xe9.png", 0x800), ("か.png".encode("cp932"), 0x800)]


@pytest.mark.parametrize(("name", "flags"), GARBLED)
def test_a_name_in_no_known_encoding_is_refused(tmp_path, name, flags):
    with pytest.raises(UserError, match=r"letters\.zip: .* in no known encoding"):
        open_bytes(tmp_path, renamed(name, flags))


def test_backslashes_of_windows_separate_folders(tmp_path):
    whole = zipped({"a\\b\\1.png": "one"})
    at = whole.index(b"PK\x01\x02") + 5  # the system that it was made on; 0 is Windows
    archive = open_bytes(tmp_path, whole[:at] + b"\0" + whole[at + 1 :])
    assert archive.names == ["a/b/1.png"]
    assert archive.read("a/b/1.png") == b"one"


def test_two_files_whose_names_differ_only_in_how_accents_are_written_are_refused(tmp_path):
    names = [unicodedata.normalize(form, "é/1.png") for form in ("NFC", "NFD")]
    with pytest.raises(UserError, match=r"has two files named é/1\.png; remove one\.$"):
        archive_of(tmp_path, dict.fromkeys(names, "x"))


def test_an_open_file_is_read_and_the_given_path_is_named(tmp_path):
    assert Archive("mine", io.BytesIO(zipped({"1.png": "one"}))).read("1.png") == b"one"
    with pytest.raises(UserError, match=r"^mine: is not a whole zip archive"):
        Archive("mine", io.BytesIO(b"x"))

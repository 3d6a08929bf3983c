"""The archive is copied, packed or taken from a local folder, then verified; a failure leaves the old one."""

import hashlib
import os
import re
import zipfile
from pathlib import Path

import pytest

from letterpress.configuration.data import DatasetConfig
from letterpress.datasets.archive import Archive
from letterpress.infrastructure.errors import UserError
from letterpress.sources.fetch import fetch
from letterpress.sources.kaggle import fetch as kaggle
from letterpress.sources.local.fetch import copy_or_pack, pack_folder
from tests.archives import damaged, damaged_deflate, dates, write_zip, zipped

FILES = {"a/1.png": "one", "b/1.png": "two"}
WHOLE = zipped(FILES)


def from_path(path, sha256=None):
    return DatasetConfig("letters", "local", "class-folders", sha256, None, str(path), classes=None, synthetic=None)


def from_kaggle(sha256=None):
    handle = "competitions/no-such-competition"
    return DatasetConfig("letters", "kaggle", "labels-csv", sha256, handle, path=None, classes=None, synthetic=None)


@pytest.fixture
def mine(tmp_path):
    """The path of a zip of the user's own."""
    return write_zip(tmp_path / "mine.zip", FILES)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "data" / "raw" / "letters.zip"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def expect_error(dataset, target, text):
    """Check that fetch() raises UserError and leaves nothing in the target's folder."""
    with pytest.raises(UserError, match=text):
        fetch(dataset, target)
    assert not target.parent.exists() or names(target.parent) == []


def test_a_zip_is_copied_unchanged(mine, target):
    fetch(from_path(mine), target)
    assert target.read_bytes() == WHOLE
    assert names(target.parent) == ["letters.zip"]


def test_a_folder_is_packed_with_its_empty_folders(tmp_path, target):
    folder = tmp_path / "mine"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "a").mkdir()
    (folder / "b" / "2.png").write_bytes(b"two")
    (folder / "1.png").write_bytes(b"one")
    fetch(from_path(folder), target)
    archive = Archive(target)
    assert archive.names == ["1.png", "b/2.png"]
    assert archive.folders == ["a", "b/deep"]
    assert archive.read("b/2.png") == b"two"


def test_the_same_files_give_the_same_bytes_whatever_their_dates(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        for file in sorted(["b.png", "a.png"], reverse=name == "two"):
            (folder / file).write_bytes(file.encode())
            os.utime(folder / file, (len(name), 1e9 if name == "one" else 1.5e9))
        pack_folder(folder, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert dates(tmp_path / "one.zip") == {(1980, 1, 1, 0, 0, 0)}


def test_links_in_a_folder_are_refused_with_a_count(tmp_path):
    folder = tmp_path / "mine"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.png").write_bytes(b"one")
    (folder / "a" / "link.png").symlink_to(tmp_path)
    (folder / "b").symlink_to(tmp_path)
    with pytest.raises(
        UserError, match=r"mine/a/link\.png is a link \(2 in all\); replace it by the file or folder itself"
    ):
        pack_folder(folder, tmp_path / "packed.zip")


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/stra\xdfe.png")).write_bytes(b"one")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    expected = r"mine/stra\\xdfe\.png' has a name that is not UTF-8 \(1 in all\); rename it"
    with pytest.raises(UserError, match=expected):
        pack_folder(folder, tmp_path / "packed.zip")


def test_hidden_files_and_folders_are_left_out_whatever_they_are(tmp_path):
    folder = tmp_path / "mine"
    for name in ("a", ".git/hooks", "a/.thumbnails"):
        (folder / name).mkdir(parents=True)
    for name in ("a/1.png", "a/.1.png.swp", "a/.thumbnails/1.png", ".git/config"):
        (folder / name).write_bytes(b"x")
    (folder / ".git/hooks/linked").symlink_to(tmp_path)
    (folder / "a/.thumbnails" / os.fsdecode(b"\xff.png")).write_bytes(b"x")
    pack_folder(folder, tmp_path / "packed.zip")
    assert zipfile.ZipFile(tmp_path / "packed.zip").namelist() == ["a/1.png"]


def test_a_full_disk_raises_an_os_error_that_names_the_target(mine):
    """Writing to /dev/full fails as on a full disk."""
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        copy_or_pack(mine, Path("/dev/full"))


def test_a_relative_path_is_taken_from_the_recipes_folder(mine, target, monkeypatch):
    monkeypatch.chdir(mine.parent)
    fetch(from_path("mine.zip"), target)
    assert target.read_bytes() == WHOLE


def test_a_path_that_does_not_exist_is_refused(target):
    text = "params.yaml: dataset.path: no/such/path does not exist; name a folder, a zip or a table of pixels."
    expect_error(from_path("no/such/path"), target, f"^{re.escape(text)}$")


def test_a_table_of_pixels_is_packed_as_train_csv(tmp_path, target):
    (tmp_path / "mine.CSV").write_text("label,pixel0\n7,255\n")
    fetch(from_path(tmp_path / "mine.CSV"), target)
    first = target.read_bytes()
    assert Archive(target).read("train.csv") == b"label,pixel0\n7,255\n"
    fetch(from_path(tmp_path / "mine.CSV"), target)
    assert target.read_bytes() == first


def test_the_expected_sha256_is_accepted(mine, target):
    fetch(from_path(mine, hashlib.sha256(WHOLE).hexdigest()), target)
    assert target.read_bytes() == WHOLE


def test_another_sha256_is_refused(mine, target):
    expected, received = "0" * 64, hashlib.sha256(WHOLE).hexdigest()
    expect_error(
        from_path(mine, expected),
        target,
        rf"^letters\.zip: expected the sha256 {expected}, received {received}; get the archive again, "
        r"or correct dataset\.sha256 in params\.yaml\.$",
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the archive is broken (File is not a zip file); get it again."),
        (WHOLE[:-1], "the archive is broken (File is not a zip file); get it again."),
        (damaged(WHOLE, b"two"), "the archive is broken at b/1.png; get it again."),
        (damaged_deflate(), "the archive is broken (Error -3 while decompressing data"),
        (zipped({"a.png": "one"}, method=zipfile.ZIP_BZIP2), "a.png is neither stored nor deflated; repack it."),
        (zipped({"a.png": "one"}, method=zipfile.ZIP_LZMA), "a.png is neither stored nor deflated; repack it."),
    ],
)
def test_a_broken_or_unsafe_archive_is_refused(mine, target, content, reason):
    mine.write_bytes(content)
    expect_error(from_path(mine), target, f"^{re.escape(f'letters.zip: {reason}')}")


def test_a_failed_fetch_leaves_the_old_archive_unchanged(mine, target):
    fetch(from_path(mine), target)
    mine.write_bytes(b"broken")
    with pytest.raises(UserError, match="the archive is broken"):
        fetch(from_path(mine), target)
    assert target.read_bytes() == WHOLE
    assert names(target.parent) == ["letters.zip"]


def test_an_archive_in_the_local_folder_is_copied_and_not_downloaded(tmp_path, target, monkeypatch):
    write_zip(tmp_path / "letters.zip", FILES)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", str(tmp_path))
    expect_error(from_kaggle(sha256="0" * 64), target, r"^letters\.zip: expected the sha256 0{64}")
    fetch(from_kaggle(), target)
    assert target.read_bytes() == WHOLE


def test_a_relative_local_folder_is_taken_from_here_or_from_the_projects_root(tmp_path, monkeypatch):
    for folder in ("here/archives", "root/downloads"):
        (tmp_path / folder).mkdir(parents=True)
        write_zip(tmp_path / folder / "letters.zip", FILES)
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(kaggle, "ROOT", tmp_path / "root")
    for name in ("archives", "downloads"):
        monkeypatch.setenv("LETTERPRESS_ARCHIVES", name)
        assert kaggle.find_local_archive("letters").read_bytes() == WHOLE


def test_the_projects_root_is_this_checkout():
    assert (kaggle.ROOT / "letterpress/sources/kaggle/fetch.py").samefile(kaggle.__file__)


def test_a_local_folder_that_does_not_exist_is_refused(tmp_path, target, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", "no/such/folder")
    text = "LETTERPRESS_ARCHIVES: no/such/folder is not a folder; correct or unset it."
    expect_error(from_kaggle(), target, f"^{re.escape(text)}$")


@pytest.mark.parametrize("folder", [None, "", "empty"])
def test_without_an_archive_of_that_name_there_is_no_local_archive(tmp_path, monkeypatch, folder):
    (tmp_path / "empty").mkdir()
    write_zip(tmp_path / "empty" / "others.zip", FILES)
    monkeypatch.chdir(tmp_path)
    if folder is None:
        monkeypatch.delenv("LETTERPRESS_ARCHIVES", raising=False)
    else:
        monkeypatch.setenv("LETTERPRESS_ARCHIVES", folder)
    assert kaggle.find_local_archive("letters") is None

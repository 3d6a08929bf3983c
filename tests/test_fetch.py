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
from letterpress.sources.local.fetch import bring, pack
from tests.archives import damaged, dates, write_zip, zipped

FILES = {"a/1.png": "one", "b/1.png": "two"}
WHOLE = zipped(FILES)


def local(path, sha256=None):
    return DatasetConfig("letters", "local", "class-folders", sha256, None, str(path), classes=None, synthetic=None)


def from_kaggle(sha256=None):
    handle = "competitions/no-such-competition"
    return DatasetConfig("letters", "kaggle", "labels-csv", sha256, handle, path=None, classes=None, synthetic=None)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "data" / "raw" / "letters.zip"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def refuse(dataset, target, text):
    """fetch() refuses, and leaves nothing behind."""
    with pytest.raises(UserError, match=text):
        fetch(dataset, target)
    assert not target.parent.exists() or names(target.parent) == []


def test_a_zip_is_taken_to_the_byte(tmp_path, target):
    (tmp_path / "mine.zip").write_bytes(WHOLE)
    fetch(local(tmp_path / "mine.zip"), target)
    assert target.read_bytes() == WHOLE
    assert names(target.parent) == ["letters.zip"]


def test_a_folder_is_packed_with_its_empty_folders(tmp_path, target):
    folder = tmp_path / "mine"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "a").mkdir()
    (folder / "b" / "2.png").write_bytes(b"two")
    (folder / "1.png").write_bytes(b"one")
    fetch(local(folder), target)
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
        pack(folder, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert dates(tmp_path / "one.zip") == {(1980, 1, 1, 0, 0, 0)}


def test_links_in_a_folder_are_refused_with_a_count(tmp_path):
    folder = tmp_path / "mine"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.png").write_bytes(b"one")
    (folder / "a" / "link.png").symlink_to(tmp_path)
    (folder / "b").symlink_to(tmp_path)
    with pytest.raises(
        UserError, match=r"mine/a/link\.png is a link \(2 in all\); put the file or folder itself there"
    ):
        pack(folder, tmp_path / "packed.zip")


def test_a_name_that_is_no_utf_8_is_refused(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/stra\xdfe.png")).write_bytes(b"one")
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    with pytest.raises(UserError, match=r"mine/stra\\xdfe\.png' has a name that is no UTF-8 \(1 in all\); rename it"):
        pack(folder, tmp_path / "packed.zip")


def test_a_full_disk_is_not_the_sources_fault(tmp_path):
    """Writing to /dev/full fails as on a disk without room."""
    (tmp_path / "mine.zip").write_bytes(WHOLE)
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        bring(tmp_path / "mine.zip", Path("/dev/full"))


def test_a_relative_path_is_taken_from_the_recipes_folder(tmp_path, target, monkeypatch):
    write_zip(tmp_path / "mine.zip", FILES)
    monkeypatch.chdir(tmp_path)
    fetch(local("mine.zip"), target)
    assert target.read_bytes() == WHOLE


def test_a_path_that_does_not_exist_is_refused(target):
    refuse(
        local("no/such/place"),
        target,
        r"^params\.yaml: dataset\.path: no/such/place does not exist; name a folder, a zip or a table of pixels\.$",
    )


def test_a_lone_table_of_pixels_is_packed_as_train_csv(tmp_path, target):
    (tmp_path / "mine.CSV").write_text("label,pixel0\n7,255\n")
    fetch(local(tmp_path / "mine.CSV"), target)
    first = target.read_bytes()
    assert Archive(target).read("train.csv") == b"label,pixel0\n7,255\n"
    fetch(local(tmp_path / "mine.CSV"), target)
    assert target.read_bytes() == first


def test_the_expected_sha256_is_accepted(tmp_path, target):
    (tmp_path / "mine.zip").write_bytes(WHOLE)
    fetch(local(tmp_path / "mine.zip", hashlib.sha256(WHOLE).hexdigest()), target)
    assert target.read_bytes() == WHOLE


def test_another_sha256_is_refused(tmp_path, target):
    (tmp_path / "mine.zip").write_bytes(WHOLE)
    expected, received = "0" * 64, hashlib.sha256(WHOLE).hexdigest()
    refuse(
        local(tmp_path / "mine.zip", expected),
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
    ],
)
def test_a_broken_archive_is_refused(tmp_path, target, content, reason):
    (tmp_path / "mine.zip").write_bytes(content)
    refuse(local(tmp_path / "mine.zip"), target, f"^{re.escape(f'letters.zip: {reason}')}$")


def test_an_archive_whose_compressed_bytes_are_broken_is_refused(tmp_path, target):
    whole = zipped({"1.png": b"one" * 100}, method=zipfile.ZIP_DEFLATED)
    start = whole.index(b"1.png") + len(b"1.png")
    (tmp_path / "mine.zip").write_bytes(whole[:start] + b"\xff" + whole[start + 1 :])
    refuse(
        local(tmp_path / "mine.zip"), target, r"^letters\.zip: the archive is broken \(Error -3 while decompressing"
    )


def test_a_failed_fetch_leaves_the_older_archive_as_it_was(tmp_path, target):
    write_zip(tmp_path / "mine.zip", FILES)
    fetch(local(tmp_path / "mine.zip"), target)
    (tmp_path / "mine.zip").write_bytes(b"broken")
    with pytest.raises(UserError, match="the archive is broken"):
        fetch(local(tmp_path / "mine.zip"), target)
    assert target.read_bytes() == WHOLE
    assert names(target.parent) == ["letters.zip"]


def test_an_archive_in_the_named_folder_is_taken_before_kaggle_is_asked(tmp_path, target, monkeypatch):
    write_zip(tmp_path / "letters.zip", FILES)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", str(tmp_path))
    fetch(from_kaggle(), target)
    assert target.read_bytes() == WHOLE


def test_an_archive_from_the_named_folder_is_checked_like_any_other(tmp_path, target, monkeypatch):
    write_zip(tmp_path / "letters.zip", FILES)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", str(tmp_path))
    refuse(from_kaggle(sha256="0" * 64), target, r"^letters\.zip: expected the sha256 0{64}")


def test_a_relative_folder_is_looked_up_from_here(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    write_zip(tmp_path / "kept" / "letters.zip", FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", "kept")
    assert kaggle.kept_archive("letters").read_bytes() == WHOLE


def test_a_relative_folder_is_looked_up_from_the_projects_root_as_well(tmp_path, monkeypatch):
    (tmp_path / "root" / "kept").mkdir(parents=True)
    (tmp_path / "recipe").mkdir()
    write_zip(tmp_path / "root" / "kept" / "letters.zip", FILES)
    monkeypatch.chdir(tmp_path / "recipe")
    monkeypatch.setattr(kaggle, "ROOT", tmp_path / "root")
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", "kept")
    assert kaggle.kept_archive("letters").read_bytes() == WHOLE


def test_the_projects_root_is_that_of_this_checkout():
    assert (kaggle.ROOT / "letterpress" / "dataset" / "sources" / "kaggle" / "fetch.py").samefile(kaggle.__file__)


def test_a_named_folder_that_does_not_exist_is_refused(tmp_path, target, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LETTERPRESS_ARCHIVES", "no/such/place")
    refuse(from_kaggle(), target, r"^LETTERPRESS_ARCHIVES: no/such/place is no folder; correct or unset it\.$")


@pytest.mark.parametrize("named", [None, "", "empty"])
def test_without_an_archive_of_that_name_there_is_none_kept(tmp_path, monkeypatch, named):
    (tmp_path / "empty").mkdir()
    write_zip(tmp_path / "empty" / "others.zip", FILES)
    monkeypatch.chdir(tmp_path)
    if named is None:
        monkeypatch.delenv("LETTERPRESS_ARCHIVES", raising=False)
    else:
        monkeypatch.setenv("LETTERPRESS_ARCHIVES", named)
    assert kaggle.kept_archive("letters") is None


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_could_unpack_without_bound_is_refused(tmp_path, target, method):
    (tmp_path / "mine.zip").write_bytes(zipped({"a.png": "one"}, method=method))
    with pytest.raises(UserError, match=r"^letters\.zip: a\.png is neither stored nor deflated; pack it so\.$"):
        fetch(local(tmp_path / "mine.zip"), target)
    assert not target.exists()

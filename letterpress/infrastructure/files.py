"""Write beside, then replace: a reader finds the old file, or the whole new one."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a path beside `path` to write a file or folder to; move it there on success.

    What an interrupted run left beside is removed at the next call; on an
    exception nothing of the new content stays. The content is on the disk
    before it moves, as far as the system's fsync goes: even a machine that
    stops leaves no half of it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside, replaced = path.with_name(f".partial.{path.name}"), path.with_name(f".replaced.{path.name}")
    _remove(beside)
    _remove(replaced)
    try:
        with _named(path):
            yield beside
        for written in [*beside.rglob("*"), beside]:
            _settle(written)
        if path.is_dir():  # which nothing can replace at one stroke; so it goes whole, not file by file
            path.replace(replaced)
        beside.replace(path)
        _settle(path.parent)
    finally:
        if replaced.exists() and not path.exists():
            replaced.replace(path)
        _remove(beside)
        _remove(replaced)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Where a full disk or the like is met by a library that does not say of which file: this one."""
    try:
        yield
    except OSError as error:
        if error.filename is None and "requested and" in str(error):  # numpy's words of a full disk
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        if error.filename is None and error.errno is not None:
            raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
        raise


def _settle(path: Path) -> None:
    """Have the system write a file's content, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 with the line ends it has."""
    with atomic_write(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")


def write_json(path: str | Path, content: object) -> None:
    """Write `content` as indented JSON, keys in their order; NaN and infinity raise ValueError."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def save_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write named arrays to an .npz; equal arrays give equal bytes (numpy dates every entry 1980)."""
    with atomic_write(path) as beside, beside.open("wb") as file:
        np.savez(file, **arrays)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read every array of an .npz; pickled objects are refused."""
    with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}

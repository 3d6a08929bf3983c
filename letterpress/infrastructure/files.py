"""Write files and folders atomically: a reader sees the old content, or all of the new."""

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path next to `path` for a file or folder; rename it to `path` on success.

    On an exception the old content stays. The new content is synced to the
    disk before the rename, so a crash of the machine leaves no half of it.
    The temporary name holds the process's id: several processes may write one
    file, the last wins, and what a killed process left is removed at the next
    call. Raises OSError that names `path` where the disk is full, or where a
    file would replace a folder.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, replaced = (path.with_name(f".{prefix}.{os.getpid()}.{path.name}") for prefix in ("partial", "replaced"))
    for leftover in (partial, replaced, *_leftovers(path)):
        _remove(leftover)
    try:
        with naming(path, partial):
            yield partial
        if path.is_dir() and not partial.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        for written in [*partial.rglob("*"), partial]:
            _sync(written)
        if path.is_dir():  # no rename replaces a folder; so the old one moves away whole, not file by file
            path.replace(replaced)
        partial.replace(path)
        _sync(path.parent)
    finally:
        if replaced.exists() and not path.exists():
            replaced.replace(path)
        _remove(partial)
        _remove(replaced)


def _leftovers(path: Path) -> list[Path]:
    """Return the temporary files for `path` of processes that have ended, and what libraries named after them."""
    pattern = re.compile(rf"\.(partial|replaced)\.(?P<pid>\d{{1,7}})\.{re.escape(path.name)}(\..*)?")
    found = [(file, pattern.fullmatch(file.name)) for file in path.parent.iterdir()]
    return [file for file, match in found if match and not _is_running(int(match["pid"]))]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)  # sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs for another user
        return True
    return True


@contextmanager
def naming(path: str | Path, partial: Path | None = None) -> Iterator[None]:
    """Name `path` in OSErrors that name no file, as on a full disk, or that name `partial`, which is temporary."""
    try:
        yield
    except OSError as error:
        number = error.errno
        if error.filename is None and "requested and" in str(error):  # numpy's words for a full disk
            number = errno.ENOSPC
        if number is not None and error.filename in (None, str(partial)):
            raise OSError(number, os.strerror(number), str(path)) from error
        raise


def _sync(path: Path) -> None:
    """Write a file's content, or a folder's entries, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        with suppress(FileNotFoundError):  # another process removes it, too
            shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8, its line ends unchanged."""
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")


def write_json(path: str | Path, content: object) -> None:
    """Write `content` as indented JSON, keys in their order; raise ValueError for NaN and infinity."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def save_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write named arrays to an .npz; equal arrays give equal bytes (NumPy dates every entry 1980)."""
    with atomic_write(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read every array of an .npz; pickled objects are refused."""
    with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}

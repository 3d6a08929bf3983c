"""Copy a zip of the user's own, or pack a folder or a table."""

import errno
import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.zips import add_file

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Copy or pack dataset.path, which is taken from the recipe's folder."""
    path = Path(dataset.path).expanduser()
    if not path.exists():
        raise UserError(
            f"params.yaml: dataset.path: {dataset.path} does not exist; name a folder, a zip or a table of pixels."
        )
    copy_or_pack(path, target)


def copy_or_pack(path: Path, target: Path | BinaryIO) -> None:
    """Copy a zip to `target`, or pack a folder or a table of pixels into it; into an open file only these.

    Raises UserError where `path` cannot be read, OSError where the disk of `target` is full.
    """
    try:
        if path.is_dir():
            pack_folder(path, target)
        elif path.suffix.lower() == ".csv":
            with zipfile.ZipFile(target, "w") as archive:
                add_file(archive, "train.csv", path.read_bytes(), zipfile.ZIP_DEFLATED)
        else:
            shutil.copyfile(path, target)
    except OSError as error:
        if error.errno in DISK_ERRORS:
            disk = str(target) if isinstance(target, Path) else tempfile.gettempdir()
            raise OSError(error.errno, error.strerror, disk) from error
        raise UserError(f"{path}: cannot be read ({error.strerror}); name a folder, a zip or a CSV.") from error


def pack_folder(folder: Path, target: Path | BinaryIO) -> None:
    """Store a folder's files in a zip, without the hidden ones; the same files give the same bytes.

    Raises UserError for links, which may lead anywhere, for names that are not UTF-8, and for unreadable files.
    """
    paths = [path for path in sorted(folder.rglob("*")) if not is_hidden(path.relative_to(folder))]
    links = [path for path in paths if path.is_symlink()]
    if links:
        raise UserError(f"{links[0]} is a link ({len(links)} in all); replace it by the file or folder itself.")
    not_utf8 = [os.fsencode(path) for path in paths if not is_utf8(str(path))]
    if not_utf8:
        raise UserError(f"{not_utf8[0]} has a name that is not UTF-8 ({len(not_utf8)} in all); rename it.")
    with zipfile.ZipFile(target, "w") as archive:
        for parent, folders, files in os.walk(folder, onerror=_raise_unreadable):
            folders[:] = sorted(name for name in folders if not is_hidden(Path(name)))
            files = sorted(name for name in files if not is_hidden(Path(name)))
            for name in files:
                file = Path(parent, name)
                if file.is_file():
                    add_file(archive, file.relative_to(folder).as_posix(), file.read_bytes())
            if not folders and not files:
                add_file(archive, Path(parent).relative_to(folder).as_posix() + "/", b"")


def is_hidden(path: Path) -> bool:
    """Return whether a file or a folder that it is in has a name with a dot first, as programs' own (.git)."""
    return any(part.startswith(".") for part in path.parts)


def is_utf8(name: str) -> bool:
    """Return whether the bytes of a file's name were UTF-8: Python has lone surrogates for others."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _raise_unreadable(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be read ({error.strerror}); change its permissions.") from error

"""Copy a zip of the user's own, or pack a folder or a table."""

import errno
import os
import shutil
import zipfile
from pathlib import Path

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.errors import UserError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Bring dataset.path, which is taken from the recipe's folder."""
    path = Path(dataset.path).expanduser()
    if not path.exists():
        raise UserError(
            f"params.yaml: dataset.path: {dataset.path} does not exist; name a folder, a zip or a table of pixels."
        )
    bring(path, target)


def bring(path: Path, target: Path) -> None:
    """Copy a zip to `target`, or pack a folder or a lone table of pixels.

    Raises UserError where `path` cannot be read, OSError where there is no room for `target`.
    """
    try:
        if path.is_dir():
            pack(path, target)
        elif path.suffix.lower() == ".csv":
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("train.csv"), path.read_bytes(), zipfile.ZIP_DEFLATED)
        else:
            shutil.copyfile(path, target)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise UserError(f"{path}: cannot be read ({error.strerror}); name a folder, a zip or a CSV.") from error


def pack(folder: Path, target: Path) -> None:
    """Store a folder's files in a zip: the same files give the same bytes.

    Raises UserError for links, which may lead anywhere, for names that no zip can hold, and for what cannot be read.
    """
    paths = sorted(folder.rglob("*"))
    links = [path for path in paths if path.is_symlink()]
    if links:
        raise UserError(f"{links[0]} is a link ({len(links)} in all); put the file or folder itself there.")
    nameless = [os.fsencode(path) for path in paths if not _is_text(str(path))]
    if nameless:
        raise UserError(f"{nameless[0]} has a name that is no UTF-8 ({len(nameless)} in all); rename it.")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for parent, folders, files in os.walk(folder, onerror=_refuse):
            folders.sort()
            for name in sorted(files):
                file = Path(parent, name)
                if file.is_file():
                    archive.writestr(zipfile.ZipInfo(file.relative_to(folder).as_posix()), file.read_bytes())
            if not folders and not files:
                archive.writestr(zipfile.ZipInfo(Path(parent).relative_to(folder).as_posix() + "/"), b"")


def _is_text(name: str) -> bool:
    """Whether the bytes of a file's name were UTF-8: Python has lone surrogates for others."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be read ({error.strerror}); change its permissions.") from error

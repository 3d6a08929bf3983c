"""Copy a zip of the user's own, or pack a folder."""

import os
import shutil
import zipfile
from pathlib import Path

from letterpress.errors import UserError
from letterpress.params.dataset import Dataset


def fetch(dataset: Dataset, target: Path) -> None:
    """Copy or pack dataset.path, which is taken from the recipe's folder."""
    path = Path(dataset.path).expanduser()
    if path.is_dir():
        pack(path, target)
    elif path.is_file():
        shutil.copyfile(path, target)
    else:
        raise UserError(f"params.yaml: dataset.path: {dataset.path} does not exist; name a zip or a folder.")


def pack(folder: Path, target: Path) -> None:
    """Store a folder's files in a zip: the same files give the same bytes.

    Raises UserError for links, which may lead anywhere, and for what cannot be read.
    """
    links = sorted(path for path in folder.rglob("*") if path.is_symlink())
    if links:
        raise UserError(f"{links[0]} is a link ({len(links)} in all); put the file or folder itself there.")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for parent, folders, files in os.walk(folder, onerror=_refuse):
            folders.sort()
            for name in sorted(files):
                file = Path(parent, name)
                if file.is_file():
                    archive.writestr(zipfile.ZipInfo(file.relative_to(folder).as_posix()), file.read_bytes())
            if not folders and not files:
                archive.writestr(zipfile.ZipInfo(Path(parent).relative_to(folder).as_posix() + "/"), b"")


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename} cannot be read ({error.strerror}); change its permissions.") from error

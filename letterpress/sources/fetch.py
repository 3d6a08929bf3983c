"""Write a data set's archive to data/raw, whole or not at all."""

import hashlib
import zipfile
from importlib import import_module
from pathlib import Path

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write
from letterpress.infrastructure.zips import SAFE_METHODS, ZIP_ERRORS


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Write the untouched archive to `target`; raise UserError where it is broken or not the expected one."""
    source = import_module(f"letterpress.sources.{dataset.source}.fetch")
    with atomic_write(target) as partial_file:
        source.fetch(dataset, partial_file)
        check_zip(partial_file, dataset.name)
        if dataset.sha256 is not None:
            check_sha256(partial_file, dataset)


def check_zip(path: Path, name: str) -> None:
    """Verify the compression methods and checksums of all files in the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            unsafe = [info.filename for info in archive.infolist() if info.compress_type not in SAFE_METHODS]
            broken = None if unsafe else archive.testzip()
    except ZIP_ERRORS as error:
        raise UserError(f"{name}.zip: the archive is broken ({error}); get it again.") from error
    if unsafe:
        raise UserError(f"{name}.zip: {unsafe[0]} is neither stored nor deflated; repack it.")
    if broken is not None:
        raise UserError(f"{name}.zip: the archive is broken at {broken}; get it again.")


def check_sha256(path: Path, dataset: DatasetConfig) -> None:
    """Compare the archive with dataset.sha256."""
    with path.open("rb") as file:
        received = hashlib.file_digest(file, "sha256").hexdigest()
    if received != dataset.sha256:
        raise UserError(
            f"{dataset.name}.zip: expected the sha256 {dataset.sha256}, received {received}; "
            "get the archive again, or correct dataset.sha256 in params.yaml."
        )

"""Bring a data set's archive to data/raw, whole or not at all."""

import hashlib
import zipfile
from importlib import import_module
from pathlib import Path

from letterpress.configuration.data import DatasetConfig
from letterpress.datasets.archive import BROKEN, METHODS
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Write the untouched archive to `target`; raise UserError if it is broken or not the expected one."""
    source = import_module(f"letterpress.sources.{dataset.source}.fetch")
    with atomic_write(target) as beside:
        source.fetch(dataset, beside)
        check_zip(beside, dataset.name)
        if dataset.sha256 is not None:
            check_sha256(beside, dataset)


def check_zip(path: Path, name: str) -> None:
    """Verify the checksums of all that lies in the archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            odd = [info.filename for info in archive.infolist() if info.compress_type not in METHODS]
            broken = None if odd else archive.testzip()
    except BROKEN as error:
        raise UserError(f"{name}.zip: the archive is broken ({error}); get it again.") from error
    if odd:
        raise UserError(f"{name}.zip: {odd[0]} is neither stored nor deflated; pack it so.")
    if broken is not None:
        raise UserError(f"{name}.zip: the archive is broken at {broken}; get it again.")


def check_sha256(path: Path, dataset: DatasetConfig) -> None:
    """Compare the archive with dataset.sha256."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != dataset.sha256:
        raise UserError(
            f"{dataset.name}.zip: expected the sha256 {dataset.sha256}, received {found}; "
            "get the archive again, or correct dataset.sha256 in params.yaml."
        )

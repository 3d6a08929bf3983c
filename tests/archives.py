"""Tiny pictures and archives, made in a test's own folder."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from letterpress.datasets.archive import Archive

# A letter L and its mirror image, 5 x 5.
L = np.array(
    [
        [0, 255, 0, 0, 0],
        [0, 255, 0, 0, 0],
        [0, 255, 0, 0, 0],
        [0, 255, 0, 0, 0],
        [0, 255, 255, 255, 0],
    ],
    np.uint8,
)
J = L[:, ::-1]


def encode(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    """Pixels as an encoded picture."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


def zipped(files: Mapping[str, bytes | str], folders: Sequence[str] = (), method: int = zipfile.ZIP_STORED) -> bytes:
    """Files, and folders with an entry of their own, as the bytes of a zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for folder in folders:
            archive.writestr(zipfile.ZipInfo(f"{folder}/"), b"")
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def write_zip(path: Path, files: Mapping[str, bytes | str], folders: Sequence[str] = ()) -> Path:
    """Write a zip of `files`."""
    path.write_bytes(zipped(files, folders))
    return path


def archive_of(folder: Path, files: Mapping[str, bytes | str], folders: Sequence[str] = ()) -> Archive:
    """A readable archive <folder>/letters.zip with `files` inside."""
    return Archive(write_zip(folder / "letters.zip", files, folders))


def dates(path: Path) -> set[tuple[int, ...]]:
    """The dates of all files in a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.date_time for info in archive.infolist()}


def damaged(content: bytes, part: bytes) -> bytes:
    """The bytes of a zip, one bit turned within the first occurrence of `part`: its checksum no longer fits."""
    at = content.index(part)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

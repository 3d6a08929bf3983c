"""Tiny images and archives, made in a test's own folder."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from letterpress.configuration.data import ImageConfig
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


def image_config(
    height: int = 5,
    width: int = 5,
    preserve_aspect_ratio: bool = False,
    invert: bool = False,
    pca_channel: bool = False,
) -> ImageConfig:
    """Create a section `image` that leaves L and J unchanged, or differs from it as given."""
    return ImageConfig(height, width, preserve_aspect_ratio, invert, pca_channel)


def encode(pixels: np.ndarray, form: str = "PNG", **options: object) -> bytes:
    """Encode pixels as an image file."""
    return encode_image(Image.fromarray(pixels), form, **options)


def encode_image(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """Encode a Pillow image as an image file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def zipped(files: Mapping[str, bytes | str], folders: Sequence[str] = (), method: int = zipfile.ZIP_STORED) -> bytes:
    """Zip files, and folders with an entry of their own."""
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
    """Open an archive <folder>/letters.zip with `files` inside."""
    return Archive(write_zip(folder / "letters.zip", files, folders))


def dates(path: Path) -> set[tuple[int, ...]]:
    """Return the dates of all files in a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.date_time for info in archive.infolist()}


def damaged(content: bytes, part: bytes) -> bytes:
    """Flip a bit of a zip in the first occurrence of `part`, so that its checksum no longer fits."""
    at = content.index(part)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def damaged_deflate() -> bytes:
    """Zip 1.png deflated, its first compressed byte overwritten."""
    whole = zipped({"1.png": b"one" * 100}, method=zipfile.ZIP_DEFLATED)
    start = whole.index(b"1.png") + len(b"1.png")
    return whole[:start] + b"\xff" + whole[start + 1 :]

"""Inspect a data set: its layout, classes, image size and whether the ink is lighter than the paper."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.datasets.description import describe_one_color
from letterpress.datasets.file_types import EXTENSIONS, describe_left_out, extension
from letterpress.datasets.formats.read import read_dataset
from letterpress.datasets.preprocess import files_left_out, map_images
from letterpress.datasets.raw import RawSplit, read_rows
from letterpress.datasets.table_columns import TABLE_NAMES, find_table, tables_of
from letterpress.images.decoding import border_pixels, open_image
from letterpress.images.grayscale import to_luma
from letterpress.infrastructure.errors import UserError

MAX_SAMPLED = 300  # images that are decoded, evenly spaced over the data set


@dataclass(frozen=True)
class DatasetInfo:
    """Layout and size of a data set, and properties of its images.

    counts: labelled images by class. side: (height, width), the median.
    light_ink: fraction of the sampled images whose middle is lighter than their border.
    notes: sentences on what was taken for what, and on files and images that are of no use.
    """

    layout: str
    counts: Counter
    test_images: int
    side: tuple[int, int]
    light_ink: float
    notes: tuple[str, ...] = ()


def inspect_dataset(archive: Archive) -> DatasetInfo:
    """Detect the layout, read all labels, and decode a sample of the images.

    Raises UserError where one of these fails, or there are fewer than two classes.
    """
    layout = detect_format(archive)
    raw = read_dataset(archive, layout)
    counts = Counter(raw.labelled.labels)
    if len(counts) < 2:
        raise UserError(
            f"{archive.path}: expected labelled images of two classes or more, found {len(counts)}"
            f"{_tables_hint(archive, layout)}."
        )
    names, images = _sample_images(archive, raw.labelled)
    left_out = describe_left_out(files_left_out(archive, raw))
    one_color = describe_one_color([name for name, image in zip(names, images, strict=True) if np.ptp(image) == 0])
    return DatasetInfo(
        layout=layout,
        counts=counts,
        test_images=len(raw.test),
        side=tuple(int(side) for side in np.median([image.shape for image in images], axis=0)),
        light_ink=float(np.mean([_has_light_ink(image) for image in images])),
        notes=(*raw.notes, *(f"{note}." for note in (left_out, one_color) if note)),
    )


def detect_format(archive: Archive) -> str:
    """Return the layout by the files' names and tables; raise UserError where none fits."""
    has_images = any(extension(name) in EXTENSIONS for name in archive.names)
    train = archive.find_file("train.csv")
    if train and not (has_images and _has_no_pixels(archive, train)):
        return "pixel-csv"
    if find_table(archive):
        return "labels-csv"
    if has_images:
        return "class-folders"
    left_out = describe_left_out(archive.names)
    more = f" ({left_out})" if left_out else ""
    raise UserError(
        f"{archive.path}: expected a folder of images for each class, or {' or '.join(TABLE_NAMES)} and images, "
        f"or a table train.csv of pixels; found none of them among {len(archive.names)} files{more}."
    )


def _has_no_pixels(archive: Archive, table: str) -> bool:
    """Return whether a table's header names no pixel: it may label image files."""
    header = (read_rows(archive, table, archive.read(table)) or [[]])[0]
    return not any(cell.strip().lower().startswith("pixel") for cell in header)


def _tables_hint(archive: Archive, layout: str) -> str:
    """Return what is expected of the tables that were not taken for labels, "" where there is none."""
    tables = tables_of(archive) if layout == "class-folders" else []
    names = f"{', '.join(tables[:3])} {'has' if len(tables) == 1 else 'have'}"
    return f"; {names} no rows such as ID,Class or image,label that name them" if tables else ""


def _sample_images(archive: Archive, split: RawSplit) -> tuple[list[str], list[np.ndarray]]:
    """Return names and pixels of some of the images, each uint8 (height, width)."""
    chosen = np.unique(np.linspace(0, len(split) - 1, min(MAX_SAMPLED, len(split))).astype(int))
    if isinstance(split.files_or_pixels, np.ndarray):
        return [split.ids[i] for i in chosen], list(split.files_or_pixels[chosen])
    names = [split.files_or_pixels[i] for i in chosen]
    return names, map_images(_decode_luma, names, archive, "inspecting images")


def _decode_luma(content: bytes) -> np.ndarray:
    return np.asarray(to_luma(open_image(content)))


def _has_light_ink(image: np.ndarray) -> bool:
    """Return whether the middle half is lighter than the border."""
    height, width = image.shape
    middle = image[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    return float(middle.mean()) > float(np.median(border_pixels(image)))

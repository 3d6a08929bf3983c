"""Inspect a data set: its layout, classes, image size and whether the ink is lighter than the paper."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.class_folders import EXTENSIONS
from letterpress.datasets.formats.labels_csv import TABLE_NAMES
from letterpress.datasets.formats.read import read_dataset
from letterpress.datasets.preprocess import map_images
from letterpress.datasets.raw import RawSplit
from letterpress.images.decoding import border_pixels, open_image
from letterpress.images.grayscale import to_luma
from letterpress.infrastructure.errors import UserError

MAX_SAMPLED = 300  # images that are decoded, evenly spaced over the data set


@dataclass(frozen=True)
class DatasetInfo:
    """Layout and size of a data set, and properties of its images.

    counts: labelled images by class. side: (height, width), the median.
    light_ink: fraction of the sampled images whose middle is lighter than their border.
    """

    layout: str
    counts: Counter
    test_images: int
    side: tuple[int, int]
    light_ink: float


def inspect_dataset(archive: Archive) -> DatasetInfo:
    """Detect the layout, read all labels, and decode a sample of the images.

    Raises UserError where one of these fails, or there are fewer than two classes.
    """
    layout = detect_format(archive)
    raw = read_dataset(archive, layout)
    counts = Counter(raw.labelled.labels)
    if len(counts) < 2:
        raise UserError(f"{archive.path}: expected labelled images of two classes or more, found {len(counts)}.")
    images = _sample_images(archive, raw.labelled)
    return DatasetInfo(
        layout=layout,
        counts=counts,
        test_images=len(raw.test),
        side=tuple(int(side) for side in np.median([image.shape for image in images], axis=0)),
        light_ink=float(np.mean([_has_light_ink(image) for image in images])),
    )


def detect_format(archive: Archive) -> str:
    """Return the layout by the files' names; raise UserError where none fits."""
    if archive.find_file("train.csv"):
        return "pixel-csv"
    if archive.find_file(*TABLE_NAMES):
        return "labels-csv"
    if any(name.lower().endswith(tuple(EXTENSIONS)) for name in archive.names):
        return "class-folders"
    raise UserError(
        f"{archive.path}: expected a folder of images for each class, or {' or '.join(TABLE_NAMES)} and images, "
        f"or a table train.csv of pixels; found none of them among {len(archive.names)} files."
    )


def _sample_images(archive: Archive, split: RawSplit) -> list[np.ndarray]:
    """Return some of the images, each uint8 (height, width)."""
    chosen = np.unique(np.linspace(0, len(split) - 1, min(MAX_SAMPLED, len(split))).astype(int))
    if isinstance(split.files_or_pixels, np.ndarray):
        return list(split.files_or_pixels[chosen])
    return map_images(_decode_luma, [split.files_or_pixels[i] for i in chosen], archive, "inspecting images")


def _decode_luma(content: bytes) -> np.ndarray:
    return np.asarray(to_luma(open_image(content)))


def _has_light_ink(image: np.ndarray) -> bool:
    """Return whether the middle half is lighter than the border."""
    height, width = image.shape
    middle = image[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    return float(middle.mean()) > float(np.median(border_pixels(image)))

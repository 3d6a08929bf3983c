"""What a pile of images is, as far as it can be told without being told."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.class_folders import ENDINGS
from letterpress.datasets.formats.labels_csv import TABLE_NAMES
from letterpress.datasets.formats.read import read
from letterpress.datasets.raw import Part
from letterpress.images.decoding import open_picture
from letterpress.infrastructure.errors import UserError

LOOKED_AT = 300  # pictures, evenly over the whole


@dataclass(frozen=True)
class DatasetInfo:
    """A data set's layout and size, and what its pictures are like.

    counts: labelled images by class. side: (height, width), the median.
    light_ink: share of the pictures looked at whose middle is lighter than their border.
    """

    layout: str
    counts: Counter
    test_images: int
    side: tuple[int, int]
    light_ink: float


def look(archive: Archive) -> DatasetInfo:
    """Find the layout, read all labels, and look at some pictures; raises UserError where one of these fails."""
    layout = detect_format(archive)
    raw = read(archive, layout)
    classes = len(set(raw.train.labels))
    if classes < 2:
        raise UserError(f"{archive.path}: expected labelled images of two classes or more, found {classes}.")
    pictures = _some(archive, raw.train)
    return DatasetInfo(
        layout=layout,
        counts=Counter(raw.train.labels),
        test_images=len(raw.test),
        side=tuple(int(side) for side in np.median([picture.shape for picture in pictures], axis=0)),
        light_ink=float(np.mean([_has_light_ink(picture) for picture in pictures])),
    )


def detect_format(archive: Archive) -> str:
    """By what lies in the archive."""
    if archive.find("train.csv"):
        return "pixel-csv"
    if archive.find(*TABLE_NAMES):
        return "labels-csv"
    if any(name.lower().endswith(tuple(ENDINGS)) for name in archive.names):
        return "class-folders"
    raise UserError(
        f"{archive.path}: expected a folder of images for each class, or {' or '.join(TABLE_NAMES)} beside images, "
        f"or a table train.csv of pixels; found none of them among {len(archive.names)} files."
    )


def _some(archive: Archive, part: Part) -> list[np.ndarray]:
    """Some of the pictures as grey values, uint8 (height, width)."""
    chosen = np.unique(np.linspace(0, len(part) - 1, min(LOOKED_AT, len(part))).astype(int))
    if isinstance(part.pictures, np.ndarray):
        return list(part.pictures[chosen])
    return [_grey(archive, part.pictures[i]) for i in chosen]


def _grey(archive: Archive, name: str) -> np.ndarray:
    try:
        return np.asarray(open_picture(archive.read(name)).convert("L"))
    except ValueError as error:
        raise UserError(f"{archive.path}: {name} is no readable image ({error}); replace or remove it.") from error


def _has_light_ink(picture: np.ndarray) -> bool:
    """Whether the middle half is lighter than the border."""
    height, width = picture.shape
    middle = picture[height // 4 : -(height // 4) or None, width // 4 : -(width // 4) or None]
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return float(middle.mean()) > float(np.median(border))

"""Read an archive by its layout, and keep the classes that are wanted."""

from fnmatch import fnmatchcase

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats import class_folders, labels_csv, pixel_csv
from letterpress.datasets.raw import Part, Raw

READERS = {
    "labels-csv": labels_csv.read,
    "pixel-csv": pixel_csv.read,
    "class-folders": class_folders.read,
}


def read(archive: Archive, layout: str, wanted: str | None = None) -> Raw:
    """Find every image, of the classes that match the pattern `wanted`; without label, a test image is kept.

    A sample submission that asks for more than is kept is left out.
    """
    raw = READERS[layout](archive)
    train, test = keep(raw.train, wanted or "*"), keep(raw.test, wanted or "*")
    return Raw(train, test, raw.sample_submission if len(test) == len(raw.test) else None)


def keep(part: Part, pattern: str) -> Part:
    """The images whose class matches the pattern; a part without labels stays whole."""
    if part.labels is None:
        return part
    kept = [i for i, label in enumerate(part.labels) if fnmatchcase(label, pattern)]
    pictures = part.pictures[kept] if isinstance(part.pictures, np.ndarray) else [part.pictures[i] for i in kept]
    return Part([part.ids[i] for i in kept], [part.labels[i] for i in kept], pictures)

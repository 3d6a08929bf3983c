"""Read a data set by its layout, and filter its classes."""

from fnmatch import fnmatchcase

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.class_folders import read_class_folders
from letterpress.datasets.formats.labels_csv import read_labels_csv
from letterpress.datasets.formats.pixel_csv import read_pixel_csv
from letterpress.datasets.raw import RawDataset, RawSplit

READERS = {
    "labels-csv": read_labels_csv,
    "pixel-csv": read_pixel_csv,
    "class-folders": read_class_folders,
}


def read_dataset(archive: Archive, layout: str, pattern: str | None = None) -> RawDataset:
    """Read ids, labels and files of the images whose class matches `pattern`; None keeps all.

    Test images without labels are all kept. A sample submission is dropped
    where the pattern drops test images that it lists.
    """
    raw = READERS[layout](archive)
    labelled, test = filter_classes(raw.labelled, pattern or "*"), filter_classes(raw.test, pattern or "*")
    sample = raw.sample_submission if len(test) == len(raw.test) else None
    return RawDataset(labelled, test, sample, raw.notes)


def filter_classes(split: RawSplit, pattern: str) -> RawSplit:
    """Keep the images whose class matches the shell pattern; a split without labels stays whole."""
    if split.labels is None:
        return split
    kept = [i for i, label in enumerate(split.labels) if fnmatchcase(label, pattern)]
    images = split.files_or_pixels
    images = images[kept] if isinstance(images, np.ndarray) else [images[i] for i in kept]
    return RawSplit([split.ids[i] for i in kept], [split.labels[i] for i in kept], images)

"""From the archive to data/prepared: read, decode, check and write."""

from pathlib import Path

import numpy as np

from letterpress.configuration.data import ImageConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.description import describe
from letterpress.datasets.formats.read import read
from letterpress.datasets.image_arrays import prepare
from letterpress.datasets.raw import Part
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write
from letterpress.storage import prepared as arrays
from letterpress.storage.prepared import PREPARED, Arrays


def prepare_dataset(
    path: Path, layout: str, params: ImageConfig, wanted: str | None = None, folder: Path = PREPARED
) -> dict:
    """Write every array of the data set, and return its description.

    `wanted` is a pattern of the classes to keep; test images without label are all kept.
    """
    archive = Archive(path)
    raw = read(archive, layout, wanted)
    classes = sorted(set(raw.train.labels))
    if len(classes) < 2:
        of_pattern = f" that match dataset.classes, {wanted!r}" if wanted else ""
        raise UserError(f"{path}: expected images of two classes or more{of_pattern}, received {len(classes)}.")
    train = _arrays(raw.train, archive, params, classes, "labelled images")
    test = _arrays(raw.test, archive, params, classes, "test images")
    with atomic_write(folder) as beside:
        beside.mkdir()
        arrays.save(beside, "train", train)
        arrays.save(beside, "test", test)
        arrays.save_classes(beside, classes)
        if raw.sample_submission is not None:
            arrays.save_sample(beside, raw.sample_submission)
    return describe(train, test, classes)


def _arrays(part: Part, archive: Archive, params: ImageConfig, classes: list[str], name: str) -> Arrays:
    greys, sizes = prepare(part, archive, params, name)
    contrast = greys[1] if params.pca_channel else None
    return Arrays(greys[0], np.array(part.ids, dtype=str), sizes, _indices(part, classes, archive), contrast)


def _indices(part: Part, classes: list[str], archive: Archive) -> np.ndarray | None:
    """Labels as int32 indices of the classes."""
    if part.labels is None:
        return None
    index = {name: i for i, name in enumerate(classes)}
    unknown = sorted(set(part.labels) - set(index))
    if unknown:
        raise UserError(f"{archive.path}: the test class {unknown[0]!r} has no labelled image; add some.")
    return np.array([index[label] for label in part.labels], np.int32)

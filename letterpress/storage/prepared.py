"""The folder data/prepared: every image of the data set as arrays."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_json

PREPARED = Path("data/prepared")
RENDERED = Path("data/rendered")
SAMPLE = "sample_submission.csv"


@dataclass(frozen=True)
class Arrays:
    """One part of a data set, n images.

    images: uint8 (n, height, width), their luma; ids: str (n,); sizes: int32
    (n, 2), the pictures' own height and width; labels: int32 (n,) indices of
    `classes`, or None where unknown; contrast: like images, the pictures in
    their other grey, or None where that was not wished.
    """

    images: np.ndarray
    ids: np.ndarray
    sizes: np.ndarray
    labels: np.ndarray | None
    pca_channel: np.ndarray | None = None

    @property
    def greys(self) -> list[np.ndarray]:
        """All that a member judges of the pictures: one or two arrays, uint8 (n, height, width)."""
        return [self.images] if self.pca_channel is None else [self.images, self.pca_channel]


def save(folder: Path, part: str, arrays: Arrays) -> None:
    """Write one part, `train` or `test`, as .npy files."""
    for name in ("images", "ids", "sizes", "labels", "pca_channel"):
        array = getattr(arrays, name)
        if array is not None:
            np.save(folder / f"{part}_{name}.npy", array, allow_pickle=False)


def load(part: str, folder: Path = PREPARED) -> Arrays:
    """Read one part."""
    labels, contrast = folder / f"{part}_labels.npy", folder / f"{part}_contrast.npy"
    return Arrays(
        images=load_array(folder / f"{part}_images.npy"),
        ids=load_array(folder / f"{part}_ids.npy"),
        sizes=load_array(folder / f"{part}_sizes.npy"),
        labels=load_array(labels) if labels.exists() else None,
        pca_channel=load_array(contrast) if contrast.exists() else None,
    )


def load_array(path: Path) -> np.ndarray:
    """Read one .npy; pickled objects are refused."""
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read ({error}); run `dvc repro preprocess`.") from error


def save_classes(folder: Path, classes: list[str]) -> None:
    """Write the classes' names in the order of their indices."""
    write_json(folder / "classes.json", classes)


def load_classes(folder: Path = PREPARED) -> list[str]:
    """Read the classes' names."""
    return json.loads((folder / "classes.json").read_text(encoding="utf-8"))


def save_sample(folder: Path, sample: bytes) -> None:
    """Keep the competition's sample submission, untouched."""
    (folder / SAMPLE).write_bytes(sample)


def load_sample(folder: Path = PREPARED) -> bytes | None:
    """The sample submission, if the archive brought one."""
    path = folder / SAMPLE
    return path.read_bytes() if path.exists() else None

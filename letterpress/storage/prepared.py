"""The folder data/prepared: every image of the data set as arrays.

labelled/ and test/ hold images, ids, sizes and labels (where known) as .npy;
pca_channel/ holds labelled.npy and test.npy where that channel is asked for.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, write_json

PREPARED = Path("data/prepared")
LABELLED = PREPARED / "labelled"
SYNTHETIC = Path("data/synthetic")
SAMPLE = "sample_submission.csv"


@dataclass(frozen=True)
class PreparedSplit:
    """The labelled or the test images of a data set.

    images: uint8 (n, height, width), their luma. ids: str (n,). sizes: int32
    (n, 2), height and width of the original images. labels: int32 (n,),
    indices of the classes, or None where unknown. pca_channel: like images,
    their projection on the principal colour axis, or None.
    """

    images: np.ndarray
    ids: np.ndarray
    sizes: np.ndarray
    labels: np.ndarray | None
    pca_channel: np.ndarray | None = None

    @property
    def channels(self) -> list[np.ndarray]:
        """Return one or two arrays, uint8 (n, height, width), each of which members predict on."""
        return [self.images] if self.pca_channel is None else [self.images, self.pca_channel]


def save_split(name: str, split: PreparedSplit, folder: Path = PREPARED) -> None:
    """Write the split `labelled` or `test` as .npy files."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    for field in ("images", "ids", "sizes", "labels"):
        array = getattr(split, field)
        if array is not None:
            np.save(folder / name / f"{field}.npy", array, allow_pickle=False)
    if split.pca_channel is not None:
        (folder / "pca_channel").mkdir(exist_ok=True)
        np.save(folder / f"pca_channel/{name}.npy", split.pca_channel, allow_pickle=False)


def load_split(name: str, folder: Path = PREPARED) -> PreparedSplit:
    """Read the split `labelled` or `test`."""
    labels, pca_channel = folder / name / "labels.npy", folder / f"pca_channel/{name}.npy"
    return PreparedSplit(
        images=load_array(folder / name / "images.npy"),
        ids=load_array(folder / name / "ids.npy"),
        sizes=load_array(folder / name / "sizes.npy"),
        labels=load_array(labels) if labels.exists() else None,
        pca_channel=load_array(pca_channel) if pca_channel.exists() else None,
    )


def load_array(path: Path) -> np.ndarray:
    """Read one .npy; pickled objects are refused."""
    try:
        return np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise  # of which a stage says what to run
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read ({error}); run `dvc repro`.") from error


def load_labels() -> np.ndarray:
    """Read the labels of all labelled images, int32 (n,)."""
    return load_array(LABELLED / "labels.npy")


def save_classes(classes: list[str], folder: Path = PREPARED) -> None:
    """Write the classes' names in the order of their indices."""
    write_json(folder / "labelled/classes.json", classes)


def load_classes(folder: Path = PREPARED) -> list[str]:
    """Read the classes' names."""
    return json.loads((folder / "labelled/classes.json").read_text(encoding="utf-8"))


def save_sample(sample: bytes, folder: Path = PREPARED) -> None:
    """Keep the competition's sample submission, untouched."""
    (folder / "test" / SAMPLE).write_bytes(sample)


def load_sample(folder: Path = PREPARED) -> bytes | None:
    """Read the sample submission, or return None where the archive has none."""
    path = folder / "test" / SAMPLE
    return path.read_bytes() if path.exists() else None


def save_synthetic(images: np.ndarray, labels: np.ndarray) -> None:
    """Write the synthetic images, uint8 (n, height, width), and their labels, int32 (n,)."""
    with atomic_write(SYNTHETIC) as folder:
        folder.mkdir()
        np.save(folder / "images.npy", images, allow_pickle=False)
        np.save(folder / "labels.npy", labels, allow_pickle=False)


def load_synthetic() -> tuple[np.ndarray, np.ndarray]:
    """Read the synthetic images, uint8 (n, height, width), and their labels, int32 (n,)."""
    return load_array(SYNTHETIC / "images.npy"), load_array(SYNTHETIC / "labels.npy")

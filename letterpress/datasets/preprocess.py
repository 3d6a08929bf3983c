"""From an archive to data/prepared: read, decode, resize, write."""

import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from letterpress.configuration.data import ImageConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.description import describe_dataset, describe_one_color, first_ten
from letterpress.datasets.file_types import EXTENSIONS, describe_left_out, extension
from letterpress.datasets.formats.read import read_dataset
from letterpress.datasets.raw import RawDataset, RawSplit
from letterpress.images.decoding import decode, resize
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write
from letterpress.infrastructure.parallel import parallel_map
from letterpress.storage.prepared import PREPARED, PreparedSplit, save_classes, save_sample, save_split

CHUNK = 256  # images a process takes at a time,
CHUNK_BYTES = 32 << 20  # or fewer, as soon as their files are this large together
MAX_FILE_BYTES = 64 << 20  # of one image
T = TypeVar("T")
Failure = tuple[str, str]  # a file's name, and what is wrong with it


class UnreadableImagesError(UserError):
    """Some images cannot be read: the first with the reason, the first ten by name, and their number."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.names = [name for name, _ in failures]
        sentence, more = failures[0][1], f": {first_ten(self.names)}" if len(failures) > 1 else ""
        remedy = "" if sentence.endswith(".") else "; replace or remove it."
        count = "" if remedy == "" and not more else f" ({len(failures)} such images{more})"
        super().__init__(f"{sentence.removesuffix('.')}{count}{remedy or '.'}")


def preprocess_dataset(
    path: Path, layout: str, config: ImageConfig, pattern: str | None = None, folder: Path = PREPARED
) -> dict:
    """Write all arrays of a data set, and return its description for metrics/data.json.

    Args:
        path: the archive.
        layout: how it is laid out inside, as labels-csv.
        config: size and conversion of the images.
        pattern: of the classes to keep; None keeps all. Unlabelled test images are all kept.
        folder: what is written.
    """
    archive = Archive(path)
    raw = read_dataset(archive, layout, pattern)
    classes = sorted(set(raw.labelled.labels))
    if len(classes) < 2:
        condition = f" that match dataset.classes, {pattern!r}" if pattern else ""
        raise UserError(f"{path}: expected images of two classes or more{condition}, received {len(classes)}.")
    labelled = _prepare_split(raw.labelled, archive, config, classes, "labelled images")
    test = _prepare_split(raw.test, archive, config, classes, "test images")
    images_of_one_color = _names_of_one_color(raw.labelled, labelled) + _names_of_one_color(raw.test, test)
    for note in (describe_left_out(files_left_out(archive, raw, pattern)), describe_one_color(images_of_one_color)):
        if note:
            tqdm.write(f"{path}: {note}.", file=sys.stderr)
    with atomic_write(folder) as partial_folder:
        save_split("labelled", labelled, partial_folder)
        save_split("test", test, partial_folder)
        save_classes(classes, partial_folder)
        if raw.sample_submission is not None:
            save_sample(raw.sample_submission, partial_folder)
    return describe_dataset(labelled, test, classes)


def _names_of_one_color(raw: RawSplit, split: PreparedSplit) -> list[str]:
    """Return the files of the images whose pixels are all equal, or their ids where the data are bare pixels."""
    names = split.ids if isinstance(raw.files_or_pixels, np.ndarray) else raw.files_or_pixels
    return [str(names[i]) for i in np.flatnonzero(np.ptp(split.images, axis=(1, 2)) == 0)]


def files_left_out(archive: Archive, raw: RawDataset, pattern: str | None = None) -> list[str]:
    """Return the files that are no images of the data set; with a pattern of classes, only those of unknown kinds."""
    used = set(raw.files)
    return [name for name in archive.names if name not in used and not (pattern and extension(name) in EXTENSIONS)]


def _prepare_split(
    split: RawSplit, archive: Archive, config: ImageConfig, classes: list[str], name: str
) -> PreparedSplit:
    channels, sizes = preprocess_images(split, archive, config, name)
    labels = None if split.labels is None else _class_indices(split.labels, classes, archive)
    pca_channel = channels[1] if config.pca_channel else None
    return PreparedSplit(channels[0], np.array(split.ids, dtype=str), sizes, labels, pca_channel)


def _class_indices(labels: list[str], classes: list[str], archive: Archive) -> np.ndarray:
    """Convert labels to indices of the classes, int32 (n,)."""
    index = {name: i for i, name in enumerate(classes)}
    unknown = sorted(set(labels) - set(index))
    if unknown:
        raise UserError(f"{archive.path}: the test class {unknown[0]!r} has no labelled image; add some.")
    return np.array([index[label] for label in labels], np.int32)


def preprocess_images(
    split: RawSplit, archive: Archive, config: ImageConfig, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Convert a split's images to grayscale, resize and stack them, on all cores.

    Returns the channels, uint8 (channels, n, height, width), and the original
    sizes, int32 (n, 2) as height, width. Raises UnreadableImagesError.

    Args:
        split: the images.
        archive: where their files are.
        config: size and conversion.
        name: of the images, for the progress bar.
    """
    if isinstance(split.files_or_pixels, np.ndarray):
        return _preprocess_pixels(split.files_or_pixels, archive, config)
    decoded = map_images(partial(decode, config=config), split.files_or_pixels, archive, f"decoding {name}")
    channels = np.empty((2 if config.pca_channel else 1, len(split), config.height, config.width), np.uint8)
    sizes = np.empty((len(split), 2), np.int32)
    for i, (image, size) in enumerate(decoded):
        channels[:, i], sizes[i] = image, size
    return channels, sizes


def _preprocess_pixels(pixels: np.ndarray, archive: Archive, config: ImageConfig) -> tuple[np.ndarray, np.ndarray]:
    if config.pca_channel:
        raise UserError(f"params.yaml: image.pca_channel: {archive.path} has grayscale pixels only; set it to false.")
    sizes = np.tile(np.array(pixels.shape[1:], np.int32), (len(pixels), 1))
    if pixels.shape[1:] == (config.height, config.width):
        return (255 - pixels if config.invert else pixels)[None], sizes
    images = np.empty((len(pixels), config.height, config.width), np.uint8)
    for i, image in enumerate(pixels):
        images[i] = resize(Image.fromarray(image), config)
    return images[None], sizes


def map_images(work: Callable[[bytes], T], names: Sequence[str], archive: Archive, title: str) -> list[T]:
    """Apply `work` to the content of each image file, on all cores; return the results in order.

    Raises UnreadableImagesError for the files that cannot be read, or for which `work` raises ValueError.

    Args:
        work: a function that processes can be sent.
        names: of the files.
        archive: where they are.
        title: of the progress bar.
    """
    results: list[T] = []
    failures: list[Failure] = []
    with tqdm(total=len(names), desc=title, unit=" images", disable=None) as progress:
        map_chunks = map if len(names) <= CHUNK else parallel_map  # few are not worth other processes
        for done, failed in map_chunks(partial(_map_chunk, work), _chunks(archive, names, failures)):
            results += done
            failures += [(name, f"{archive.path}: {reason}") for name, reason in failed]
            progress.update(len(done) + len(failed))
    if failures:
        raise UnreadableImagesError(failures)
    return results


def _chunks(archive: Archive, names: Sequence[str], failures: list[Failure]) -> Iterator[list[tuple[str, bytes]]]:
    """Yield names and contents; append to `failures` the files that cannot be read, for any reason."""
    chunk, size = [], 0
    for name in names:
        try:
            chunk.append((name, archive.read(name, MAX_FILE_BYTES)))
        except UserError as error:
            failures.append((name, str(error)))
            continue
        size += len(chunk[-1][1])
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _map_chunk(work: Callable[[bytes], T], files: list[tuple[str, bytes]]) -> tuple[list[T], list[Failure]]:
    results, failures = [], []
    for name, content in files:
        try:
            results.append(work(content))
        except ValueError as error:
            failures.append((name, f"{name} is not a readable image ({error})"))
    return results, failures

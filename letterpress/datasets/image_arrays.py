"""From what a reader found to arrays of one size."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from PIL import Image
from tqdm import tqdm

from letterpress.configuration.data import ImageConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.raw import Part
from letterpress.images.decoding import decode, resize
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.parallel import parallel_map

CHUNK = 256  # pictures a process takes at a time,
CHUNK_BYTES = 32 << 20  # or fewer, as soon as they are so large together
LARGEST = 64 << 20  # bytes of a picture's file
T = TypeVar("T")


def prepare(part: Part, archive: Archive, params: ImageConfig, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey, resize and stack a part's pictures, on all cores.

    Returns the images in each grey, uint8 (greys, n, height, width), and the
    pictures' own sizes, int32 (n, 2) as height, width. Raises UserError naming
    the first unreadable picture and how many there are.
    """
    if isinstance(part.pictures, np.ndarray):
        return _prepare_pixels(part.pictures, archive, params)
    decoded = map_images(part.pictures, archive, partial(decode, params=params), f"decoding {name}")
    images = np.empty((2 if params.pca_channel else 1, len(part), params.height, params.width), np.uint8)
    sizes = np.empty((len(part), 2), np.int32)
    for i, (greys, size) in enumerate(decoded):
        images[:, i], sizes[i] = greys, size
    return images, sizes


def map_images(names: Sequence[str], archive: Archive, work: Callable[[bytes], T], title: str) -> list[T]:
    """What `work` makes of the content of each picture, on all cores.

    Raises UserError naming the first for which it raises ValueError, and how many there are.
    """
    results: list[T] = []
    broken: list[str] = []
    with tqdm(total=len(names), desc=title, unit=" images", disable=None) as progress:
        on_all = map if len(names) <= CHUNK else parallel_map  # few are not worth other processes
        for done, done_broken in on_all(partial(_of_chunk, work), _chunks(archive, names)):
            results += done
            broken += done_broken
            progress.update(len(done) + len(done_broken))
    if broken:
        raise UserError(f"{archive.path}: {broken[0]} ({len(broken)} such images); replace or remove it.")
    return results


def _chunks(archive: Archive, names: Sequence[str]) -> Iterator[list[tuple[str, bytes]]]:
    chunk, size = [], 0
    for name in names:
        chunk.append((name, archive.read(name, LARGEST)))
        size += len(chunk[-1][1])
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _of_chunk(work: Callable[[bytes], T], pictures: list[tuple[str, bytes]]) -> tuple[list[T], list[str]]:
    results, broken = [], []
    for name, content in pictures:
        try:
            results.append(work(content))
        except ValueError as error:
            broken.append(f"{name} is no readable image ({error})")
    return results, broken


def _prepare_pixels(pixels: np.ndarray, archive: Archive, params: ImageConfig) -> tuple[np.ndarray, np.ndarray]:
    if params.pca_channel:
        raise UserError(
            f"params.yaml: image.pca_channel: {archive.path} holds bare greys, no colours; set it to false."
        )
    sizes = np.tile(np.array(pixels.shape[1:], np.int32), (len(pixels), 1))
    if pixels.shape[1:] == (params.height, params.width):
        return (255 - pixels if params.invert else pixels)[None], sizes
    images = np.empty((len(pixels), params.height, params.width), np.uint8)
    for i, image in enumerate(pixels):
        images[i] = resize(Image.fromarray(image), params)
    return images[None], sizes

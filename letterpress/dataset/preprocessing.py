"""From what a reader found to arrays of one size."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from PIL import Image
from tqdm import tqdm

from letterpress.dataset.archive import Archive
from letterpress.dataset.decoding import decode, resize
from letterpress.dataset.raw import Part
from letterpress.errors import UserError
from letterpress.params.image import Image as ImageParams

CHUNK = 256  # pictures a process takes at a time


def prepare(part: Part, archive: Archive, params: ImageParams, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Grey, resize and stack a part's pictures, on all cores.

    Returns the images, uint8 (n, height, width), and the pictures' own sizes,
    int32 (n, 2) as height, width. Raises UserError naming the first unreadable
    picture and how many there are.
    """
    if isinstance(part.pictures, np.ndarray):
        return _prepare_pixels(part.pictures, params)
    images = np.empty((len(part), params.height, params.width), np.uint8)
    sizes = np.empty((len(part), 2), np.int32)
    broken: list[str] = []
    progress = tqdm(total=len(part), desc=f"decoding {name}", unit=" images", disable=None)
    with ProcessPoolExecutor(os.cpu_count()) as pool, progress:
        start = 0
        for done, done_sizes, done_broken in pool.map(
            partial(_decode_chunk, params), _chunks(archive, part.pictures)
        ):
            stop = start + len(done)
            images[start:stop], sizes[start:stop] = done, done_sizes
            broken += done_broken
            progress.update(stop - start)
            start = stop
    if broken:
        raise UserError(f"{archive.path}: {broken[0]} ({len(broken)} such images); replace or remove it.")
    return images, sizes


def _chunks(archive: Archive, names: Sequence[str]) -> Iterator[list[tuple[str, bytes]]]:
    for start in range(0, len(names), CHUNK):
        yield [(name, archive.read(name)) for name in names[start : start + CHUNK]]


def _decode_chunk(params: ImageParams, pictures: list[tuple[str, bytes]]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    images = np.zeros((len(pictures), params.height, params.width), np.uint8)
    sizes = np.zeros((len(pictures), 2), np.int32)
    broken = []
    for i, (name, content) in enumerate(pictures):
        try:
            images[i], sizes[i] = decode(content, params)
        except ValueError as error:
            broken.append(f"{name} is no readable image ({error})")
    return images, sizes, broken


def _prepare_pixels(pixels: np.ndarray, params: ImageParams) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.tile(np.array(pixels.shape[1:], np.int32), (len(pixels), 1))
    if pixels.shape[1:] == (params.height, params.width):
        return (255 - pixels if params.negative else pixels), sizes
    images = np.empty((len(pixels), params.height, params.width), np.uint8)
    for i, image in enumerate(pixels):
        images[i] = resize(Image.fromarray(image), params)
    return images, sizes

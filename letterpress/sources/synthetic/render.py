"""Rendered letters as arrays, of the classes and in the size of a data set's own images."""

from functools import partial

import numpy as np
from tqdm import tqdm

from letterpress.configuration.data import ImageConfig
from letterpress.images.decoding import open_picture, resize
from letterpress.images.grayscale import luma
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.parallel import parallel_map
from letterpress.sources.synthetic.degradations import photograph
from letterpress.sources.synthetic.fonts import sign_families
from letterpress.sources.synthetic.glyphs import CLASSES

CHUNK = 200  # images a process renders at a time
MARGIN = 0.28  # people cut letters out of their photographs less closely than the street letters are


def render(classes: list[str], count: int, seed: int, image: ImageConfig) -> tuple[np.ndarray, np.ndarray]:
    """Draw letters of the classes that are Latin letters and digits, in the faces of signs, on all cores.

    Returns uint8 (count, height, width) and int32 (count,) indices of
    `classes`; the same arguments give the same bytes. Raises UserError where
    images are wanted of classes that are no such characters.
    """
    characters = "".join(name for name in classes if len(name) == 1 and name in CLASSES)
    if count and len(characters) < len(classes):
        other = next(name for name in classes if name not in list(characters))
        raise UserError(f"params.yaml: pretrain.n_images: the class {other!r} cannot be rendered; set it to 0.")
    images, labels = np.empty((count, image.height, image.width), np.uint8), np.empty(count, np.int32)
    index = {name: i for i, name in enumerate(classes)}
    rendered = parallel_map(partial(_render_one, characters, image, seed), range(count), CHUNK)
    for i, (name, pixels) in enumerate(tqdm(rendered, total=count, desc="rendering", unit=" images", disable=None)):
        images[i], labels[i] = pixels, index[name]
    return images, labels


def _render_one(characters: str, image: ImageConfig, seed: int, i: int) -> tuple[str, np.ndarray]:
    name, content = photograph((seed, i), characters, MARGIN, sign_families())
    return name, resize(luma(open_picture(content)), image)

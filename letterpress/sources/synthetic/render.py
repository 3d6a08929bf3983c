"""Render synthetic images of a data set's own classes and size, for pre-training."""

from functools import partial

import numpy as np
from tqdm import tqdm

from letterpress.configuration.data import ImageConfig
from letterpress.images.decoding import open_image, resize
from letterpress.images.grayscale import to_luma
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.parallel import parallel_map
from letterpress.sources.synthetic.degradations import draw_photo
from letterpress.sources.synthetic.fonts import sign_families
from letterpress.sources.synthetic.glyphs import CLASSES

CHUNK = 200  # images a process renders at a time
MARGIN = 0.28  # people crop letters from their photos less closely than street letters are cropped


def render_images(classes: list[str], count: int, seed: int, config: ImageConfig) -> tuple[np.ndarray, np.ndarray]:
    """Render Latin letters and digits in the typefaces of signs, on all cores.

    Returns uint8 (count, height, width) and int32 (count,) indices of
    `classes`; the same arguments give the same bytes. Raises UserError for
    classes that are not Latin letters or digits.

    Args:
        classes: of the data set.
        count: of images.
        seed: of their random choices.
        config: size and conversion of the images.
    """
    characters = "".join(name for name in classes if len(name) == 1 and name in CLASSES)
    if len(characters) < len(classes):
        other = next(name for name in classes if name not in list(characters))
        raise UserError(f"params.yaml: pretrain.n_images: the class {other!r} cannot be rendered; set it to 0.")
    if count:
        sign_families()  # says which fonts are missing before other processes need them
    images, labels = np.empty((count, config.height, config.width), np.uint8), np.empty(count, np.int32)
    index = {name: i for i, name in enumerate(classes)}
    rendered = parallel_map(partial(_render_one, characters, config, seed), range(count), CHUNK)
    for i, (name, pixels) in enumerate(tqdm(rendered, total=count, desc="rendering", unit=" images", disable=None)):
        images[i], labels[i] = pixels, index[name]
    return images, labels


def _render_one(characters: str, config: ImageConfig, seed: int, i: int) -> tuple[str, np.ndarray]:
    name, content = draw_photo((seed, i), characters, MARGIN, sign_families())
    return name, resize(to_luma(open_image(content)), config)

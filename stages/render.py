"""Render letters for networks to learn first, if any are wanted: data/rendered/.

python stages render
"""

import numpy as np

from letterpress.configuration import loader
from letterpress.configuration.data import ImageConfig
from letterpress.infrastructure.files import atomic_write
from letterpress.sources.synthetic.render import render
from letterpress.storage.prepared import load_classes


def main() -> None:
    letters, seed = loader.load(int, "pretrain.n_images"), loader.load(int, "pretrain.seed")
    images, labels = render(load_classes(), letters, seed, loader.load(ImageConfig, "image"))
    with atomic_write("data/rendered") as folder:
        folder.mkdir()
        np.save(folder / "images.npy", images, allow_pickle=False)
        np.save(folder / "labels.npy", labels, allow_pickle=False)
    print(f"data/rendered: {letters} letters")

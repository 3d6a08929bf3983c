"""Render letters for networks to learn first, if any are wanted: data/rendered/.

python stages render
"""

import numpy as np

from letterpress.dataset.arrays import load_classes
from letterpress.dataset.rendering import render
from letterpress.files import replacing
from letterpress.params import loading
from letterpress.params.image import Image


def main() -> None:
    letters, seed = loading.load(int, "pretrain.letters"), loading.load(int, "pretrain.seed")
    images, labels = render(load_classes(), letters, seed, loading.load(Image, "image"))
    with replacing("data/rendered") as folder:
        folder.mkdir()
        np.save(folder / "images.npy", images, allow_pickle=False)
        np.save(folder / "labels.npy", labels, allow_pickle=False)
    print(f"data/rendered: {letters} letters")

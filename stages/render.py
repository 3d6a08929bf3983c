"""Render synthetic images for pre-training, or none: data/synthetic/.

python stages render
"""

import numpy as np

from letterpress.configuration.params import Params
from letterpress.storage.prepared import SYNTHETIC, load_classes, save_synthetic


def main(params: Params) -> None:
    count, image = params.pretrain.n_images, params.image
    if count == 0:
        images, labels = np.empty((0, image.height, image.width), np.uint8), np.empty(0, np.int32)
    else:
        from letterpress.sources.synthetic.render import render_images  # loads the fonts

        images, labels = render_images(load_classes(), count, params.pretrain.seed, image)
    save_synthetic(images, labels)
    print(f"{SYNTHETIC}: {count} images")

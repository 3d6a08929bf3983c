"""Examples of training images, augmented as the recipe says."""

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.configuration.training import AugmentationConfig
from letterpress.inference.transforms import adjust_intensity, to_unit, warp
from letterpress.report.examples import png_url
from letterpress.training.augmentation import sample_transforms

N_IMAGES, N_TRANSFORMS = 6, 9


def augmentation_examples(images: np.ndarray, aug: AugmentationConfig) -> list[list[str]]:
    """Transform some of the images, uint8 (n, h, w); returns a row for each, the image itself first, as data URLs."""
    runtime.prepare("float32")
    chosen = images[np.linspace(0, len(images) - 1, min(N_IMAGES, len(images))).astype(int)]
    repeated = np.repeat(chosen, N_TRANSFORMS, axis=0)
    transforms = sample_transforms(np.random.default_rng(0), (len(repeated),), images.shape[1:], aug)
    warped = warp(to_unit(repeated), transforms.maps, aug.fill_mode)
    values = np.asarray(adjust_intensity(warped, transforms.offsets, transforms.inverted))[..., 0]
    augmented = (
        np.rint(values.clip(0, 1) * 255).astype(np.uint8).reshape(len(chosen), N_TRANSFORMS, *images.shape[1:])
    )
    return [[png_url(image), *map(png_url, row)] for image, row in zip(chosen, augmented, strict=True)]

"""Sample random transforms of training images, a whole epoch at once.

The random numbers are NumPy's; only the pixels are left to the backend. So an
augmentation is the same on every backend.
"""

from dataclasses import dataclass

import numpy as np

from letterpress.configuration.training import AugmentationConfig
from letterpress.inference.transforms import affine_maps


@dataclass(frozen=True)
class Transforms:
    """One transform for each image; every field's first axes are those of the images.

    maps: float32 (…, 8), rows a0 a1 a2 b0 b1 b2 c0 c1 of the projective map
    from output pixels (x, y) to input pixels. offsets: float32 (…), added to
    the values. inverted: float32 (…), 1 where the image becomes 1 - image.
    """

    maps: np.ndarray
    offsets: np.ndarray
    inverted: np.ndarray


def sample_transforms(
    rng: np.random.Generator, shape: tuple[int, ...], size: tuple[int, int], aug: AugmentationConfig
) -> Transforms:
    """Sample a transform for each image.

    Args:
        rng: the epoch's own generator.
        shape: of the array of images, as (steps, batch_size).
        size: (height, width) of an image in pixels.
        aug: ranges of the transforms.
    """

    def uniform(half: float) -> np.ndarray:
        return rng.uniform(-half, half, shape)

    maps = affine_maps(
        size,
        rotation=uniform(aug.rotation),
        **_shears(uniform(aug.shear), aug.shear_axis),
        zoom_x=1 + uniform(aug.zoom),
        zoom_y=1 + uniform(aug.zoom),
        translation_x=uniform(aug.translation),
        translation_y=uniform(aug.translation),
    )
    offsets = uniform(aug.brightness).astype(np.float32)
    inverted = (rng.random(shape) < aug.invert).astype(np.float32)
    return Transforms(maps, offsets, inverted)


def _shears(angles: np.ndarray, axis: str) -> dict[str, np.ndarray]:
    zeros = np.zeros_like(angles)
    return {"shear_x": angles, "shear_y": zeros} if axis == "x" else {"shear_x": zeros, "shear_y": angles}

"""Examples of augmentation: each image itself, then transformed as the recipe says."""

from dataclasses import replace

import numpy as np

from letterpress.configuration.training import AugmentationConfig
from letterpress.report.augmentation_examples import N_IMAGES, N_TRANSFORMS, augmentation_examples
from letterpress.report.examples import png_url

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
IDENTITY = AugmentationConfig(
    rotation=0, shear=0, shear_axis="x", translation=0, zoom=0, brightness=0, invert=0, fill_mode="nearest"
)
RANDOM = replace(IDENTITY, rotation=20, translation=0.1, zoom=0.1, invert=0.5)


def test_without_augmentation_all_images_of_a_row_are_equal(float32):
    rows = augmentation_examples(IMAGES, IDENTITY)
    assert [row[0] for row in rows] == [png_url(IMAGES[i]) for i in (0, 3, 7, 11, 15, 19)]
    assert [set(row) for row in rows] == [{row[0]} for row in rows]
    assert {len(row) for row in rows} == {1 + N_TRANSFORMS}


def test_the_transforms_are_the_recipes(float32):
    assert augmentation_examples(IMAGES, replace(IDENTITY, invert=1))[0][1] == png_url(255 - IMAGES[0])
    assert len(set(augmentation_examples(IMAGES, RANDOM)[0])) == 1 + N_TRANSFORMS


def test_few_images_have_few_rows(float32):
    assert len(augmentation_examples(IMAGES[:2], RANDOM)) == 2 < N_IMAGES

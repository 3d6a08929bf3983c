"""The sheet of augmented images: each itself, then changed as the recipe says."""

import numpy as np

from letterpress.configuration.training import AugmentationConfig
from letterpress.report.augmentation_examples import COLUMNS, ROWS, sheet
from letterpress.report.thumbnails import data_url

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
STILL = AugmentationConfig(
    rotation=0, shear=0, shear_axis="x", translation=0, zoom=0, brightness=0, invert=0, fill_mode="nearest"
)
NEGATIVE = AugmentationConfig(
    rotation=0, shear=0, shear_axis="x", translation=0, zoom=0, brightness=0, invert=1, fill_mode="nearest"
)
MOVED = AugmentationConfig(
    rotation=20, shear=0, shear_axis="x", translation=0.1, zoom=0.1, brightness=0, invert=0.5, fill_mode="nearest"
)


def test_without_changes_all_images_of_a_row_are_the_same(float32):
    rows = sheet(IMAGES, STILL)
    assert [row[0] for row in rows] == [data_url(IMAGES[i]) for i in (0, 3, 7, 11, 15, 19)]
    assert [set(row) for row in rows] == [{row[0]} for row in rows]
    assert {len(row) for row in rows} == {1 + COLUMNS}


def test_changes_are_the_recipes(float32):
    assert sheet(IMAGES, NEGATIVE)[0][1] == data_url(255 - IMAGES[0])
    assert len(set(sheet(IMAGES, MOVED)[0])) == 1 + COLUMNS


def test_few_images_make_a_short_sheet(float32):
    assert len(sheet(IMAGES[:2], MOVED)) == 2 < ROWS

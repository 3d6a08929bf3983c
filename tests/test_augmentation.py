"""What each random transform does to a literal image, and the ranges it is sampled from."""

import numpy as np
import pytest

from letterpress.configuration.training import AugmentationConfig
from letterpress.inference.transforms import adjust_intensity, affine_maps, to_unit, warp
from letterpress.training.augmentation import sample_transforms

pytestmark = pytest.mark.usefixtures("float32")

FILL_MODES = ("nearest", "constant", "reflect", "wrap")
UNCHANGED = {"rotation": 0, "shear": 0, "shear_axis": "x", "translation": 0, "zoom": 0, "brightness": 0, "invert": 0}
UNCHANGED |= {"fill_mode": "nearest"}

IMAGE = np.array(
    [
        [0, 1, 2, 3, 4],
        [5, 6, 7, 8, 9],
        [10, 11, 12, 13, 14],
        [15, 16, 17, 18, 19],
        [20, 21, 22, 23, 24],
    ],
    np.float32,
)
COLUMNS = np.tile(np.arange(5, dtype=np.float32), (5, 1))  # every value is its column's number
ROWS = COLUMNS.T.copy()


def transform(image: np.ndarray, fill_mode: str = "nearest", **kwargs) -> np.ndarray:
    maps = affine_maps(image.shape, **kwargs)
    return np.asarray(warp(image[None, :, :, None], maps[None], fill_mode))[0, :, :, 0]


def adjust(pixels: list[float], offset: float, inverted: float) -> np.ndarray:
    image = np.array(pixels, np.float32)[None, None, :, None]
    return np.asarray(adjust_intensity(image, np.array([offset], np.float32), np.array([inverted], np.float32)))[
        0, 0, :, 0
    ]


def sample(count: int = 20000, size: tuple[int, int] = (10, 20), seed: int = 0, **ranges):
    """Sample transforms with the given ranges, all others 0; return them and the rows of their maps."""
    transforms = sample_transforms(
        np.random.default_rng(seed), (count,), size, AugmentationConfig(**UNCHANGED | ranges)
    )
    return transforms, transforms.maps.T


def assert_fills(values: np.ndarray, half: float) -> None:
    """Check that values are uniform over -half … half."""
    assert np.abs(values).max() <= half * (1 + 1e-4)
    assert values.min() < -0.99 * half
    assert values.max() > 0.99 * half
    assert abs(values.mean()) < 0.03 * half
    assert values.std() == pytest.approx(half / 3**0.5, rel=0.02)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_no_transform_keeps_every_bit(fill_mode):
    image = np.random.default_rng(0).random((5, 7)).astype(np.float32)
    np.testing.assert_array_equal(transform(image, fill_mode), image)


def test_ranges_of_zero_give_the_identity():
    transforms, _ = sample(3)
    np.testing.assert_array_equal(transforms.maps, [[1, 0, 0, 0, 1, 0, 0, 0]] * 3)
    np.testing.assert_array_equal(transforms.offsets, [0, 0, 0])
    np.testing.assert_array_equal(transforms.inverted, [0, 0, 0])


def test_a_translation_along_x_by_a_fifth_shows_the_next_pixel():
    expected = [
        [1, 2, 3, 4, 4],
        [6, 7, 8, 9, 9],
        [11, 12, 13, 14, 14],
        [16, 17, 18, 19, 19],
        [21, 22, 23, 24, 24],
    ]
    np.testing.assert_allclose(transform(IMAGE, translation_x=0.2), expected, atol=1e-5)


def test_a_translation_along_y_by_a_fifth_shows_the_next_row():
    expected = [*IMAGE[1:], IMAGE[4]]
    np.testing.assert_allclose(transform(IMAGE, translation_y=0.2), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("fill_mode", "beyond"), [("nearest", [4, 4]), ("constant", [0, 0]), ("reflect", [4, 3]), ("wrap", [0, 1])]
)
def test_fill_modes_beyond_the_border(fill_mode, beyond):
    np.testing.assert_allclose(transform(IMAGE, fill_mode, translation_x=0.4)[0], [2, 3, 4, *beyond], atol=1e-5)


def test_half_a_pixel_is_interpolated():
    np.testing.assert_allclose(transform(COLUMNS, translation_x=0.1)[0], [0.5, 1.5, 2.5, 3.5, 4], atol=1e-5)


@pytest.mark.parametrize("side", [4, 5])
def test_a_rotation_by_90_degrees_turns_counterclockwise(side):
    image = np.random.default_rng(0).random((side, side)).astype(np.float32)
    np.testing.assert_allclose(transform(image, rotation=90), np.rot90(image), atol=1e-5)


def test_a_negative_rotation_turns_clockwise():
    np.testing.assert_allclose(transform(IMAGE, rotation=-90), np.rot90(IMAGE, -1), atol=1e-4)


def test_a_zoom_of_half_shows_the_inner_half_enlarged():
    expected = [
        [6, 6.5, 7, 7.5, 8],
        [8.5, 9, 9.5, 10, 10.5],
        [11, 11.5, 12, 12.5, 13],
        [13.5, 14, 14.5, 15, 15.5],
        [16, 16.5, 17, 17.5, 18],
    ]
    np.testing.assert_allclose(transform(IMAGE, zoom_x=0.5, zoom_y=0.5), expected, atol=1e-5)


def test_each_axis_has_its_own_zoom():
    np.testing.assert_allclose(transform(IMAGE, "constant", zoom_x=2)[1], [0, 5, 7, 9, 0], atol=1e-5)
    np.testing.assert_allclose(transform(IMAGE, "constant", zoom_y=2)[:, 1], [0, 1, 11, 21, 0], atol=1e-5)


def test_a_shear_along_x_slants_the_upper_half_to_the_left_and_the_lower_to_the_right():
    middle = transform(COLUMNS, shear_x=30)[:, 2]  # an input column moves by sin(30°) = 0.5 a row
    np.testing.assert_allclose(middle, [3, 2.5, 2, 1.5, 1], atol=1e-5)
    np.testing.assert_allclose(transform(COLUMNS, shear_x=-30)[:, 2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_x_leaves_the_rows_level():
    slanted = transform(ROWS, shear_x=30)
    np.testing.assert_allclose(slanted, np.tile(slanted[:, :1], (1, 5)), atol=1e-5)


def test_a_shear_along_x_shortens_the_height_by_its_cosine():
    np.testing.assert_allclose(transform(ROWS, shear_x=60)[:, 2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_y_lifts_the_left_half_and_lowers_the_right():
    middle = transform(ROWS, shear_y=30)[2]  # an input row moves by sin(30°) = 0.5 a column
    np.testing.assert_allclose(middle, [3, 2.5, 2, 1.5, 1], atol=1e-5)
    np.testing.assert_allclose(transform(ROWS, shear_y=-30)[2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_y_leaves_the_columns_upright():
    slanted = transform(COLUMNS, shear_y=30)
    np.testing.assert_allclose(slanted, np.tile(slanted[:1], (5, 1)), atol=1e-5)


def test_a_shear_along_y_shortens_the_width_by_its_cosine():
    np.testing.assert_allclose(transform(COLUMNS, shear_y=60)[2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


@pytest.mark.parametrize(
    ("rotation", "shear", "zoom_row", "zoom_column"),
    [(17, 0, 1, 1), (0, 22.9, 1, 1), (0, 0, 0.7, 1.3), (20, -22.9, 1.3, 0.75), (-11, 8, 0.9, 1.1)],
)
def test_a_shear_along_y_composes_as_in_the_old_image_data_generator(rotation, shear, zoom_row, zoom_column):
    """It counts coordinates as (row, column): so both are swapped, and what was clockwise is no longer."""
    cosine, sine = np.cos(np.deg2rad(rotation)), np.sin(np.deg2rad(rotation))
    turn = np.array([[cosine, -sine], [sine, cosine]])
    slant = np.array([[1, -np.sin(np.deg2rad(shear))], [0, np.cos(np.deg2rad(shear))]])
    composed = turn @ slant @ np.diag([zoom_row, zoom_column])
    maps = affine_maps((28, 28), rotation=-rotation, shear_y=shear, zoom_x=zoom_column, zoom_y=zoom_row)
    np.testing.assert_allclose(maps[[4, 3, 1, 0]].reshape(2, 2), composed, atol=1e-6)
    # Later versions swap the axes themselves, and then slant characters.
    maps = affine_maps((28, 28), rotation=rotation, shear_x=shear, zoom_x=zoom_row, zoom_y=zoom_column)
    np.testing.assert_allclose(maps[[0, 1, 3, 4]].reshape(2, 2), composed, atol=1e-6)


def test_translation_comes_before_rotation():
    translated = transform(IMAGE, translation_x=0.2)
    np.testing.assert_allclose(transform(IMAGE, translation_x=0.2, rotation=90), np.rot90(translated), atol=1e-4)


def test_every_image_has_its_own_map():
    images = np.stack([IMAGE, IMAGE])[..., None]
    maps = affine_maps((5, 5), rotation=np.array([0, 90]))
    warped = np.asarray(warp(images, maps, "nearest"))[..., 0]
    np.testing.assert_allclose(warped, [IMAGE, np.rot90(IMAGE)], atol=1e-4)


@pytest.mark.parametrize(
    ("offset", "expected"), [(0.4, [0.6, 0.8, 0.8]), (-0.4, [0.2, 0.2, 0.4]), (0.0, [0.2, 0.5, 0.8])]
)
def test_brightness_is_clipped_to_the_images_own_range(offset, expected):
    np.testing.assert_allclose(adjust([0.2, 0.5, 0.8], offset, 0), expected, atol=1e-6)


def test_inversion():
    np.testing.assert_allclose(adjust([0, 0.2, 1], 0, 1), [1, 0.8, 0], atol=1e-6)


def test_inversion_comes_after_brightness():
    np.testing.assert_allclose(adjust([0.2, 0.5, 0.8], 0.4, 1), [0.4, 0.2, 0.2], atol=1e-6)


def test_pixels_are_divided_by_255():
    unit = np.asarray(to_unit(np.array([[[0, 51, 255]]], np.uint8)))
    assert (unit.shape, unit.dtype) == ((1, 1, 3, 1), np.float32)
    np.testing.assert_allclose(unit.ravel(), [0, 0.2, 1], atol=1e-7)


def test_standardized_images_keep_their_values():
    images = np.array([[[-3.5, 0, 254.25]]], np.float32)
    kept = np.asarray(to_unit(images))
    assert (kept.shape, kept.dtype) == ((1, 1, 3, 1), np.float32)
    np.testing.assert_array_equal(kept[..., 0], images)


def test_rotations_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = sample(rotation=30)
    assert_fills(np.rad2deg(np.arctan2(b0, a0)), 30)
    np.testing.assert_allclose([a1, b1], [-b0, a0], atol=1e-6)


def test_shears_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = sample(shear=20)
    assert_fills(np.rad2deg(np.arctan2(-a1, b1)), 20)
    np.testing.assert_array_equal([a0, b0], [np.ones_like(a0), np.zeros_like(b0)])


def test_shears_along_y_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = sample(shear=20, shear_axis="y")
    assert_fills(np.rad2deg(np.arctan2(-b0, a0)), 20)
    np.testing.assert_array_equal([a1, b1], [np.zeros_like(a1), np.ones_like(b1)])


@pytest.mark.parametrize("axis", ["x", "y"])
def test_composed_transforms_reach_the_range_of_each(axis):
    ranges = {"rotation": 20, "shear": 22.9, "zoom": 0.3, "translation": 0.15}
    _, (a0, a1, a2, b0, b1, b2, *_) = sample(size=(32, 32), shear_axis=axis, **ranges)
    of_rows, of_columns = np.rad2deg(np.arctan2(b0, a0)), np.rad2deg(np.arctan2(-a1, b1))
    assert_fills(of_rows if axis == "x" else of_columns, 20)
    assert_fills(of_columns - of_rows, 22.9)
    assert_fills(np.hypot(a0, b0) - 1, 0.3)
    assert_fills(np.hypot(a1, b1) - 1, 0.3)
    center = 31 / 2
    assert_fills((a0 * center + a1 * center + a2 - center) / 32, 0.15)
    assert_fills((b0 * center + b1 * center + b2 - center) / 32, 0.15)


def test_translations_reach_their_fraction_of_each_side_independently():
    _, (_, _, a2, _, _, b2, *_) = sample(translation=0.1, size=(10, 20))
    assert_fills(a2, 2)
    assert_fills(b2, 1)
    assert abs(np.corrcoef(a2, b2)[0, 1]) < 0.03


def test_zooms_reach_their_range_on_each_axis_independently():
    _, (a0, _, _, _, b1, *_) = sample(zoom=0.25)
    assert_fills(a0 - 1, 0.25)
    assert_fills(b1 - 1, 0.25)
    assert abs(np.corrcoef(a0, b1)[0, 1]) < 0.03


def test_brightness_reaches_its_range():
    transforms, _ = sample(brightness=0.2)
    assert_fills(transforms.offsets, 0.2)


@pytest.mark.parametrize(("probability", "tolerance"), [(0, 0), (0.3, 0.02), (1, 0)])
def test_the_fraction_of_inverted_images_is_the_probability(probability, tolerance):
    transforms, _ = sample(invert=probability)
    assert set(np.unique(transforms.inverted)) <= {0.0, 1.0}
    assert abs(transforms.inverted.mean() - probability) <= tolerance


def test_transforms_have_the_shape_of_the_batches():
    aug = AugmentationConfig(**UNCHANGED | {"rotation": 10, "invert": 0.5, "brightness": 0.1})
    transforms = sample_transforms(np.random.default_rng(0), (3, 4), (5, 5), aug)
    assert [part.shape for part in vars(transforms).values()] == [(3, 4, 8), (3, 4), (3, 4)]
    assert {part.dtype for part in vars(transforms).values()} == {np.dtype(np.float32)}


def test_the_same_seed_samples_the_same_bytes():
    ranges = {"rotation": 10, "shear": 5, "translation": 0.1, "zoom": 0.2, "brightness": 0.1, "invert": 0.5}
    first, again, other = (sample(50, seed=seed, **ranges)[0] for seed in (1, 1, 2))
    for name in vars(first):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(first, name).tobytes() != getattr(other, name).tobytes()

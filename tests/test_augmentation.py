"""What each random change does to a literal image, and how widely it is drawn."""

import numpy as np
import pytest

from letterpress.configuration.training import AugmentationConfig
from letterpress.inference.transforms import adjust_intensity, affine_maps, to_unit, warp
from letterpress.training.augmentation import sample_transforms

pytestmark = pytest.mark.usefixtures("float32")

FILLS = ("nearest", "constant", "reflect", "wrap")
NOTHING = {"rotation": 0, "shear": 0, "shear_axis": "x", "translation": 0, "zoom": 0, "brightness": 0, "invert": 0}
NOTHING |= {"fill_mode": "nearest"}

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


def changed(image: np.ndarray, fill: str = "nearest", **change) -> np.ndarray:
    maps = affine_maps(image.shape, **change)
    return np.asarray(warp(image[None, :, :, None], maps[None], fill))[0, :, :, 0]


def recoloured(pixels: list[float], offset: float, inverted: float) -> np.ndarray:
    image = np.array(pixels, np.float32)[None, None, :, None]
    return np.asarray(adjust_intensity(image, np.array([offset], np.float32), np.array([inverted], np.float32)))[
        0, 0, :, 0
    ]


def drawn(count: int = 20000, size: tuple[int, int] = (10, 20), seed: int = 0, **ranges):
    """Transforms with all ranges but the given at 0; their maps are taken apart into rows."""
    changes = sample_transforms(np.random.default_rng(seed), (count,), size, AugmentationConfig(**NOTHING | ranges))
    return changes, changes.maps.T


def assert_fills(values: np.ndarray, half: float) -> None:
    """Even over -half … half, and nowhere beyond."""
    assert np.abs(values).max() <= half * (1 + 1e-4)
    assert values.min() < -0.99 * half
    assert values.max() > 0.99 * half
    assert abs(values.mean()) < 0.03 * half
    assert values.std() == pytest.approx(half / 3**0.5, rel=0.02)


@pytest.mark.parametrize("fill", FILLS)
def test_no_change_leaves_every_bit(fill):
    image = np.random.default_rng(0).random((5, 7)).astype(np.float32)
    np.testing.assert_array_equal(changed(image, fill), image)


def test_the_map_of_no_change_is_the_identity():
    changes, _ = drawn(3)
    np.testing.assert_array_equal(changes.maps, [[1, 0, 0, 0, 1, 0, 0, 0]] * 3)
    np.testing.assert_array_equal(changes.offsets, [0, 0, 0])
    np.testing.assert_array_equal(changes.inverted, [0, 0, 0])


def test_a_shift_along_x_of_a_fifth_shows_the_next_pixel():
    expected = [
        [1, 2, 3, 4, 4],
        [6, 7, 8, 9, 9],
        [11, 12, 13, 14, 14],
        [16, 17, 18, 19, 19],
        [21, 22, 23, 24, 24],
    ]
    np.testing.assert_allclose(changed(IMAGE, translation_x=0.2), expected, atol=1e-5)


def test_a_shift_along_y_of_a_fifth_shows_the_next_row():
    expected = [*IMAGE[1:], IMAGE[4]]
    np.testing.assert_allclose(changed(IMAGE, translation_y=0.2), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("fill", "beyond"), [("nearest", [4, 4]), ("constant", [0, 0]), ("reflect", [4, 3]), ("wrap", [0, 1])]
)
def test_what_lies_beyond_the_border_is_filled(fill, beyond):
    np.testing.assert_allclose(changed(IMAGE, fill, translation_x=0.4)[0], [2, 3, 4, *beyond], atol=1e-5)


def test_half_a_pixel_is_interpolated():
    np.testing.assert_allclose(changed(COLUMNS, translation_x=0.1)[0], [0.5, 1.5, 2.5, 3.5, 4], atol=1e-5)


@pytest.mark.parametrize("side", [4, 5])
def test_a_rotation_by_90_degrees_turns_counterclockwise(side):
    image = np.random.default_rng(0).random((side, side)).astype(np.float32)
    np.testing.assert_allclose(changed(image, rotation=90), np.rot90(image), atol=1e-5)


def test_a_rotation_back_turns_clockwise():
    np.testing.assert_allclose(changed(IMAGE, rotation=-90), np.rot90(IMAGE, -1), atol=1e-4)


def test_a_zoom_of_half_shows_the_inner_half_enlarged():
    expected = [
        [6, 6.5, 7, 7.5, 8],
        [8.5, 9, 9.5, 10, 10.5],
        [11, 11.5, 12, 12.5, 13],
        [13.5, 14, 14.5, 15, 15.5],
        [16, 16.5, 17, 17.5, 18],
    ]
    np.testing.assert_allclose(changed(IMAGE, zoom_x=0.5, zoom_y=0.5), expected, atol=1e-5)


def test_each_axis_has_its_own_zoom():
    np.testing.assert_allclose(changed(IMAGE, "constant", zoom_x=2)[1], [0, 5, 7, 9, 0], atol=1e-5)
    np.testing.assert_allclose(changed(IMAGE, "constant", zoom_y=2)[:, 1], [0, 1, 11, 21, 0], atol=1e-5)


def test_a_shear_along_x_slants_the_upper_half_to_the_left_and_the_lower_to_the_right():
    middle = changed(COLUMNS, shear_x=30)[:, 2]  # an input column moves by sin(30°) = 0.5 a row
    np.testing.assert_allclose(middle, [3, 2.5, 2, 1.5, 1], atol=1e-5)
    np.testing.assert_allclose(changed(COLUMNS, shear_x=-30)[:, 2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_x_leaves_the_rows_level():
    slanted = changed(ROWS, shear_x=30)
    np.testing.assert_allclose(slanted, np.tile(slanted[:, :1], (1, 5)), atol=1e-5)


def test_a_shear_along_x_shortens_the_height_by_its_cosine():
    np.testing.assert_allclose(changed(ROWS, shear_x=60)[:, 2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_y_lifts_the_left_half_and_lowers_the_right():
    middle = changed(ROWS, shear_y=30)[2]  # an input row moves by sin(30°) = 0.5 a column
    np.testing.assert_allclose(middle, [3, 2.5, 2, 1.5, 1], atol=1e-5)
    np.testing.assert_allclose(changed(ROWS, shear_y=-30)[2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


def test_a_shear_along_y_leaves_the_columns_upright():
    slanted = changed(COLUMNS, shear_y=30)
    np.testing.assert_allclose(slanted, np.tile(slanted[:1], (5, 1)), atol=1e-5)


def test_a_shear_along_y_shortens_the_width_by_its_cosine():
    np.testing.assert_allclose(changed(COLUMNS, shear_y=60)[2], [1, 1.5, 2, 2.5, 3], atol=1e-5)


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
    # Later versions swap the axes themselves, and then slant letters.
    maps = affine_maps((28, 28), rotation=rotation, shear_x=shear, zoom_x=zoom_row, zoom_y=zoom_column)
    np.testing.assert_allclose(maps[[0, 1, 3, 4]].reshape(2, 2), composed, atol=1e-6)


def test_the_image_is_shifted_first_and_then_turned():
    shifted = changed(IMAGE, translation_x=0.2)
    np.testing.assert_allclose(changed(IMAGE, translation_x=0.2, rotation=90), np.rot90(shifted), atol=1e-4)


def test_every_image_goes_through_its_own_map():
    images = np.stack([IMAGE, IMAGE])[..., None]
    maps = affine_maps((5, 5), rotation=np.array([0, 90]))
    warped = np.asarray(warp(images, maps, "nearest"))[..., 0]
    np.testing.assert_allclose(warped, [IMAGE, np.rot90(IMAGE)], atol=1e-4)


@pytest.mark.parametrize(
    ("offset", "expected"), [(0.4, [0.6, 0.8, 0.8]), (-0.4, [0.2, 0.2, 0.4]), (0.0, [0.2, 0.5, 0.8])]
)
def test_a_channel_shift_is_clipped_to_the_images_own_range(offset, expected):
    np.testing.assert_allclose(recoloured([0.2, 0.5, 0.8], offset, 0), expected, atol=1e-6)


def test_inversion_makes_the_negative():
    np.testing.assert_allclose(recoloured([0, 0.2, 1], 0, 1), [1, 0.8, 0], atol=1e-6)


def test_an_image_is_inverted_after_its_channel_shift():
    np.testing.assert_allclose(recoloured([0.2, 0.5, 0.8], 0.4, 1), [0.4, 0.2, 0.2], atol=1e-6)


def test_pixels_become_fractions_of_255():
    unit = np.asarray(to_unit(np.array([[[0, 51, 255]]], np.uint8)))
    assert (unit.shape, unit.dtype) == ((1, 1, 3, 1), np.float32)
    np.testing.assert_allclose(unit.ravel(), [0, 0.2, 1], atol=1e-7)


def test_standardized_images_keep_their_values():
    images = np.array([[[-3.5, 0, 254.25]]], np.float32)
    kept = np.asarray(to_unit(images))
    assert (kept.shape, kept.dtype) == ((1, 1, 3, 1), np.float32)
    np.testing.assert_array_equal(kept[..., 0], images)


def test_rotations_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = drawn(rotation=30)
    assert_fills(np.rad2deg(np.arctan2(b0, a0)), 30)
    np.testing.assert_allclose([a1, b1], [-b0, a0], atol=1e-6)


def test_shears_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = drawn(shear=20)
    assert_fills(np.rad2deg(np.arctan2(-a1, b1)), 20)
    np.testing.assert_array_equal([a0, b0], [np.ones_like(a0), np.zeros_like(b0)])


def test_shears_along_y_reach_their_range_in_degrees():
    _, (a0, a1, _, b0, b1, *_) = drawn(shear=20, shear_axis="y")
    assert_fills(np.rad2deg(np.arctan2(-b0, a0)), 20)
    np.testing.assert_array_equal([a1, b1], [np.zeros_like(a1), np.ones_like(b1)])


@pytest.mark.parametrize("axis", ["x", "y"])
def test_changes_together_reach_the_ranges_that_each_has_alone(axis):
    ranges = {"rotation": 20, "shear": 22.9, "zoom": 0.3, "translation": 0.15}
    _, (a0, a1, a2, b0, b1, b2, *_) = drawn(size=(32, 32), shear_axis=axis, **ranges)
    of_rows, of_columns = np.rad2deg(np.arctan2(b0, a0)), np.rad2deg(np.arctan2(-a1, b1))
    assert_fills(of_rows if axis == "x" else of_columns, 20)
    assert_fills(of_columns - of_rows, 22.9)
    assert_fills(np.hypot(a0, b0) - 1, 0.3)
    assert_fills(np.hypot(a1, b1) - 1, 0.3)
    centre = 31 / 2
    assert_fills((a0 * centre + a1 * centre + a2 - centre) / 32, 0.15)
    assert_fills((b0 * centre + b1 * centre + b2 - centre) / 32, 0.15)


def test_shifts_reach_their_fraction_of_each_side_apart():
    _, (_, _, a2, _, _, b2, *_) = drawn(translation=0.1, size=(10, 20))
    assert_fills(a2, 2)
    assert_fills(b2, 1)
    assert abs(np.corrcoef(a2, b2)[0, 1]) < 0.03


def test_zooms_reach_their_range_on_each_axis_apart():
    _, (a0, _, _, _, b1, *_) = drawn(zoom=0.25)
    assert_fills(a0 - 1, 0.25)
    assert_fills(b1 - 1, 0.25)
    assert abs(np.corrcoef(a0, b1)[0, 1]) < 0.03


def test_channel_shifts_reach_their_range():
    changes, _ = drawn(brightness=0.2)
    assert_fills(changes.offsets, 0.2)


@pytest.mark.parametrize(("share", "tolerance"), [(0, 0), (0.3, 0.02), (1, 0)])
def test_the_share_of_negatives_is_the_probability(share, tolerance):
    changes, _ = drawn(invert=share)
    assert set(np.unique(changes.inverted)) <= {0.0, 1.0}
    assert abs(changes.inverted.mean() - share) <= tolerance


def test_changes_have_the_shape_of_the_batches():
    aug = AugmentationConfig(**NOTHING | {"rotation": 10, "invert": 0.5, "brightness": 0.1})
    changes = sample_transforms(np.random.default_rng(0), (3, 4), (5, 5), aug)
    assert [part.shape for part in vars(changes).values()] == [(3, 4, 8), (3, 4), (3, 4)]
    assert {part.dtype for part in vars(changes).values()} == {np.dtype(np.float32)}


def test_the_same_seed_draws_the_same_bytes():
    ranges = {"rotation": 10, "shear": 5, "translation": 0.1, "zoom": 0.2, "brightness": 0.1, "invert": 0.5}
    first, again, other = (drawn(50, seed=seed, **ranges)[0] for seed in (1, 1, 2))
    for name in vars(first):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert getattr(first, name).tobytes() != getattr(other, name).tobytes()

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from letterpress.configuration.data import ImageConfig
from letterpress.images.decoding import decode
from tests.archives import J, L, encode

PLAIN = ImageConfig(height=5, width=5, preserve_aspect_ratio=False, invert=False, pca_channel=False)
BLACK = np.zeros((5, 5), np.uint8)
ORIENTATION = 0x0112  # an EXIF tag


def image(content, **changes):
    (grey,), _ = decode(content, ImageConfig(**(vars(PLAIN) | changes)))
    return grey


def save(picture, form="PNG", **options):
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def test_a_grey_picture_of_the_wanted_size_is_unchanged():
    (pixels,), size = decode(encode(L), PLAIN)
    assert pixels.dtype == np.uint8
    assert size == (5, 5)
    np.testing.assert_array_equal(pixels, L)


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "TIFF", "PPM"])
def test_the_format_is_told_by_the_content(form):
    np.testing.assert_array_equal(image(encode(L, form)), L)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_gives_the_same_grey(mode):
    np.testing.assert_array_equal(image(save(Picture.fromarray(L).convert(mode), "TIFF")), L)


def test_colour_becomes_luma():
    colours = np.zeros((5, 5, 3), np.uint8)
    colours[range(4), range(4)] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    # 0.299, 0.587, 0.114 and 1 of 255
    np.testing.assert_array_equal(image(encode(colours)), np.diag([76, 150, 29, 255, 0]))


def test_the_contrast_is_a_second_grey_resized_and_negated_like_the_first():
    colours = np.array([[(130, 0, 0), (0, 66, 0)]], np.uint8).repeat(2, axis=0)  # equal in luma
    params = ImageConfig(height=2, width=4, preserve_aspect_ratio=True, invert=True, pca_channel=True)
    greys, size = decode(encode(colours), params)
    assert (greys.shape, size) == ((2, 2, 4), (2, 2))
    np.testing.assert_array_equal(greys[0], np.full((2, 4), 255 - 39))
    assert sorted(greys[1][0, 1:3]) == [0, 255]


def test_sixteen_bits_are_scaled_to_eight_and_not_clipped():
    deep = np.diag([0, 257, 0x8000, 0xFFFF, 0]).astype(np.uint16)
    np.testing.assert_array_equal(image(encode(deep)), np.diag([0, 1, 128, 255, 0]))


def test_sixteen_bits_that_hold_eight_are_left():
    np.testing.assert_array_equal(image(encode(L.astype(np.uint16))), L)


@pytest.mark.parametrize("most", [1, 255, 65535])
def test_floating_point_values_are_of_one_of_eight_bits_or_of_sixteen(most):
    values = (np.diag([0, 0.2, 0.4, 1, 0]) * most).astype(np.float32)
    np.testing.assert_array_equal(image(save(Picture.fromarray(values), "TIFF")), np.diag([0, 51, 102, 255, 0]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_pixel_that_is_no_number_is_refused(value):
    values = np.array([[0, value]], np.float32)
    with pytest.raises(ValueError, match=r"^some pixels are no numbers$"):
        image(save(Picture.fromarray(values), "TIFF"))


def test_transparent_parts_are_white():
    opaque_l = np.dstack([BLACK, BLACK, BLACK, L])
    np.testing.assert_array_equal(image(encode(opaque_l)), 255 - L)


def test_half_transparent_parts_are_blended_with_white():
    faint = np.dstack([BLACK, np.full((5, 5), 51, np.uint8)])
    np.testing.assert_array_equal(image(encode(faint)), np.full((5, 5), 204))


def test_the_transparent_colour_of_a_palette_is_white():
    picture = Picture.fromarray(L // 255).convert("P")
    picture.putpalette([0, 0, 0, 100, 100, 100])
    np.testing.assert_array_equal(image(save(picture, transparency=0)), np.where(L > 0, 100, 255))


def test_a_picture_is_turned_upright_by_its_exif_tag():
    exif = Picture.Exif()
    exif[ORIENTATION] = 6  # the camera was turned: the upper edge is the picture's right one
    content = save(Picture.fromarray(np.ascontiguousarray(np.rot90(L[:, :4]))), exif=exif)
    (pixels,), size = decode(
        content, ImageConfig(height=5, width=4, preserve_aspect_ratio=False, invert=False, pca_channel=False)
    )
    assert size == (5, 4)
    np.testing.assert_array_equal(pixels, L[:, :4])


def test_the_first_frame_of_many_is_taken():
    frames = [Picture.fromarray(L), Picture.fromarray(np.ascontiguousarray(J))]
    np.testing.assert_array_equal(image(save(frames[0], "GIF", save_all=True, append_images=frames[1:])), L)


def test_the_negative_is_255_minus_the_value():
    np.testing.assert_array_equal(image(encode(L), invert=True), 255 - L)


def test_the_pictures_own_height_and_width_are_told():
    content = encode(np.zeros((7, 3), np.uint8))
    (pixels,), size = decode(content, ImageConfig(6, 8, preserve_aspect_ratio=False, invert=False, pca_channel=False))
    assert size == (7, 3)
    assert pixels.shape == (6, 8)


def test_shrinking_averages_and_drops_no_stroke():
    checkerboard = (np.indices((100, 100)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert abs(image(encode(checkerboard)).astype(int) - 128).max() <= 2


def test_without_keeping_the_aspect_a_picture_is_stretched():
    stripes = np.array([0, 50, 100, 150, 200], np.uint8)[:, None]
    np.testing.assert_array_equal(image(encode(stripes.repeat(17, axis=1))), stripes.repeat(5, axis=1))


@pytest.mark.parametrize(
    ("size", "shape", "place"),
    [
        ((5, 5), (5, 3), np.s_[:, 1:4]),
        ((5, 5), (3, 5), np.s_[1:4, :]),
        ((4, 8), (4, 4), np.s_[:, 2:6]),
        ((4, 8), (2, 8), np.s_[1:3, :]),
    ],
)
def test_keeping_the_aspect_pads_evenly_with_the_borders_grey(size, shape, place):
    picture = np.full(shape, 90, np.uint8)
    picture[1, 1] = 200
    expected = np.full(size, 90, np.uint8)
    expected[place] = picture
    height, width = size
    np.testing.assert_array_equal(
        image(encode(picture), height=height, width=width, preserve_aspect_ratio=True), expected
    )


def test_padding_takes_the_borders_grey_and_not_the_letters():
    picture = np.full((9, 7), 200, np.uint8)
    picture[[0, -1], :] = picture[:, [0, -1]] = 90
    assert set(image(encode(picture), height=9, width=9, preserve_aspect_ratio=True)[:, [0, -1]].flat) == {90}


def test_padding_is_negated_with_the_picture():
    picture = np.full((5, 3), 90, np.uint8)
    np.testing.assert_array_equal(
        image(encode(picture), preserve_aspect_ratio=True, invert=True), np.full((5, 5), 165)
    )


def test_a_picture_too_long_to_be_padded_is_refused():
    with pytest.raises(ValueError, match=r"^too long and thin to be padded$"):
        image(encode(np.zeros((60_000, 1), np.uint8)), preserve_aspect_ratio=True)


@pytest.mark.parametrize("form", ["EPS", "ICO", "DDS", "PCX"])
def test_no_other_formats_are_opened(form):
    """Pillow would have another program run on an EPS."""
    with pytest.raises(ValueError, match=r"^cannot identify image file$"):
        image(save(Picture.fromarray(L).convert("RGB").resize((16, 16)), form))


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused_without_the_address_of_a_buffer(content):
    with pytest.raises(ValueError, match=r"^cannot identify image file$"):
        image(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM", "WEBP"])
def test_a_truncated_picture_is_refused_unless_all_its_pixels_are_there(form):
    content = encode(L, form)
    whole, read = image(content), []
    for length in range(len(content)):
        try:
            read.append(image(content[:length]))
        except ValueError:
            continue
    assert len(read) < len(content) // 3
    assert all((pixels == whole).all() for pixels in read)


def test_a_picture_cut_in_the_middle_is_refused_with_a_reason():
    content = encode(np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8))
    with pytest.raises(ValueError, match=r"^image file is truncated"):
        image(content[: len(content) // 2])


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_damage_gives_a_picture_or_a_reason_but_no_crash(damage):
    content = bytearray(encode(L))
    for position, value in damage:
        content[position % len(content)] = value
    with contextlib.suppress(ValueError):
        assert image(bytes(content)).shape == (5, 5)


def test_a_picture_with_a_broken_exif_header_is_refused():
    exif = Picture.Exif()
    exif[ORIENTATION] = 6
    content = encode(L, "WEBP", exif=exif)
    with pytest.raises(ValueError, match="not a TIFF file"):
        image(content.replace(b"MM\x00*", b"MM\x00?"))


@pytest.mark.parametrize("limit", [20, 10])
def test_a_picture_far_too_large_is_refused(monkeypatch, limit):
    monkeypatch.setattr(Picture, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(
        ValueError, match=rf"Image size \(25 pixels\) exceeds limit of {limit} pixels|limit of 20 pixels"
    ):
        image(encode(L))

"""Image files of every format and mode become grayscale arrays of one size, or a reason why not."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from letterpress.images.decoding import border_pixels, decode
from tests.archives import J, L, encode, encode_image, image_config

BLACK = np.zeros((5, 5), np.uint8)
ORIENTATION = 0x0112  # an EXIF tag


def luma(content, **config):
    (channel,), _ = decode(content, image_config(**config))
    return channel


def exif_rotated():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was turned: the top is the file's right edge
    return exif


def test_an_image_of_the_target_size_is_unchanged():
    (pixels,), size = decode(encode(L), image_config())
    assert pixels.dtype == np.uint8
    assert size == (5, 5)
    np.testing.assert_array_equal(pixels, L)


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "TIFF", "PPM"])
def test_the_format_is_detected_by_the_content(form):
    np.testing.assert_array_equal(luma(encode(L, form)), L)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I", "F"])
def test_every_mode_gives_the_same_luma(mode):
    np.testing.assert_array_equal(luma(encode_image(Image.fromarray(L).convert(mode), "TIFF")), L)


def test_colors_become_luma():
    colors = np.zeros((5, 5, 3), np.uint8)
    colors[range(4), range(4)] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    # 0.299, 0.587, 0.114 and 1 of 255
    np.testing.assert_array_equal(luma(encode(colors)), np.diag([76, 150, 29, 255, 0]))


def test_the_pca_channel_is_resized_and_inverted_like_the_luma():
    colors = np.array([[(130, 0, 0), (0, 66, 0)]], np.uint8).repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=0)
    config = image_config(height=4, width=8, preserve_aspect_ratio=True, invert=True, pca_channel=True)
    channels, size = decode(encode(colors), config)
    assert (channels.shape, size) == ((2, 4, 8), (4, 4))
    np.testing.assert_array_equal(channels[0], np.full((4, 8), 255 - 39))
    assert sorted(channels[1][0, 2:6]) == [0, 0, 255, 255]


def test_16_bits_are_scaled_to_8_and_not_clipped():
    deep = np.diag([0, 257, 0x8000, 0xFFFF, 0]).astype(np.uint16)
    np.testing.assert_array_equal(luma(encode(deep)), np.diag([0, 1, 128, 255, 0]))


def test_16_bits_with_values_of_8_bits_are_unchanged():
    np.testing.assert_array_equal(luma(encode(L.astype(np.uint16))), L)


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_floats_range_to_1_or_255_or_65535(white):
    values = (np.diag([0, 0.2, 0.4, 1, 0]) * white).astype(np.float32)
    np.testing.assert_array_equal(luma(encode(values, "TIFF")), np.diag([0, 51, 102, 255, 0]))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match=r"^some pixels are not finite numbers$"):
        luma(encode(np.array([[0, value]], np.float32), "TIFF"))


def test_transparent_pixels_are_white():
    opaque_l = np.dstack([BLACK, BLACK, BLACK, L])
    np.testing.assert_array_equal(luma(encode(opaque_l)), 255 - L)


def test_half_transparent_pixels_are_blended_with_white():
    faint = np.dstack([BLACK, np.full((5, 5), 51, np.uint8)])
    np.testing.assert_array_equal(luma(encode(faint)), np.full((5, 5), 204))


def test_the_transparent_color_of_a_palette_is_white():
    image = Image.fromarray(L // 255).convert("P")
    image.putpalette([0, 0, 0, 100, 100, 100])
    np.testing.assert_array_equal(luma(encode_image(image, transparency=0)), np.where(L > 0, 100, 255))


def test_an_image_is_rotated_upright_by_its_exif_tag():
    content = encode(np.ascontiguousarray(np.rot90(L[:, :4])), exif=exif_rotated())
    (pixels,), size = decode(content, image_config(height=5, width=4))
    assert size == (5, 4)
    np.testing.assert_array_equal(pixels, L[:, :4])


def test_the_first_frame_is_taken():
    frames = [Image.fromarray(L), Image.fromarray(np.ascontiguousarray(J))]
    np.testing.assert_array_equal(luma(encode_image(frames[0], "GIF", save_all=True, append_images=frames[1:])), L)


def test_invert_gives_255_minus_the_value():
    np.testing.assert_array_equal(luma(encode(L), invert=True), 255 - L)


def test_the_original_height_and_width_are_returned():
    (pixels,), size = decode(encode(np.zeros((7, 3), np.uint8)), image_config(height=6, width=8))
    assert size == (7, 3)
    assert pixels.shape == (6, 8)


def test_downscaling_averages_the_pixels():
    checkerboard = (np.indices((100, 100)).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert abs(luma(encode(checkerboard)).astype(int) - 128).max() <= 2


def test_without_preserve_aspect_ratio_an_image_is_stretched():
    stripes = np.array([0, 50, 100, 150, 200], np.uint8)[:, None]
    np.testing.assert_array_equal(luma(encode(stripes.repeat(17, axis=1))), stripes.repeat(5, axis=1))


@pytest.mark.parametrize(
    ("size", "shape", "inside"),
    [
        ((5, 5), (5, 3), np.s_[:, 1:4]),
        ((5, 5), (3, 5), np.s_[1:4, :]),
        ((4, 8), (4, 4), np.s_[:, 2:6]),
        ((4, 8), (2, 8), np.s_[1:3, :]),
    ],
)
def test_padding_is_even_and_of_the_borders_median(size, shape, inside):
    image = np.full(shape, 90, np.uint8)
    image[1, 1] = 200
    expected = np.full(size, 90, np.uint8)
    expected[inside] = image
    height, width = size
    padded = luma(encode(image), height=height, width=width, preserve_aspect_ratio=True)
    np.testing.assert_array_equal(padded, expected)


def test_padding_ignores_the_color_of_the_letter():
    image = np.full((9, 7), 200, np.uint8)
    image[[0, -1], :] = image[:, [0, -1]] = 90
    assert set(luma(encode(image), height=9, width=9, preserve_aspect_ratio=True)[:, [0, -1]].flat) == {90}


def test_padding_is_inverted_with_the_image():
    image = np.full((5, 3), 90, np.uint8)
    np.testing.assert_array_equal(luma(encode(image), preserve_aspect_ratio=True, invert=True), np.full((5, 5), 165))


def test_the_border_holds_each_edge():
    assert border_pixels(np.arange(12).reshape(3, 4)).tolist() == [0, 1, 2, 3, 8, 9, 10, 11, 0, 4, 8, 3, 7, 11]


def test_an_image_too_long_to_be_padded_is_refused():
    with pytest.raises(ValueError, match=r"^too long and thin to be padded$"):
        luma(encode(np.zeros((60_000, 1), np.uint8)), preserve_aspect_ratio=True)


@pytest.mark.parametrize("form", ["EPS", "ICO", "DDS", "PCX"])
def test_no_other_formats_are_opened(form):
    """Pillow would have another program run on an EPS."""
    with pytest.raises(ValueError, match=r"^cannot identify image file$"):
        luma(encode_image(Image.fromarray(L).convert("RGB").resize((16, 16)), form))


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_the_reason_does_not_name_the_address_of_a_buffer(content):
    with pytest.raises(ValueError, match=r"^cannot identify image file$"):
        luma(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM", "WEBP"])
def test_a_truncated_image_is_refused_unless_it_has_all_its_pixels(form):
    content = encode(L, form)
    whole, read = luma(content), []
    for length in range(len(content)):
        try:
            read.append(luma(content[:length]))
        except ValueError:
            continue
    assert len(read) < len(content) // 3
    assert all((pixels == whole).all() for pixels in read)


def test_an_image_cut_in_the_middle_is_refused_with_a_reason():
    content = encode(np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8))
    with pytest.raises(ValueError, match=r"^image file is truncated"):
        luma(content[: len(content) // 2])


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_image_is_decoded_or_refused_but_never_crashes(damage):
    content = bytearray(encode(L))
    for position, value in damage:
        content[position % len(content)] = value
    with contextlib.suppress(ValueError):
        assert luma(bytes(content)).shape == (5, 5)


def test_an_image_with_a_broken_exif_header_is_refused():
    content = encode(L, "WEBP", exif=exif_rotated())
    with pytest.raises(ValueError, match="not a TIFF file"):
        luma(content.replace(b"MM\x00*", b"MM\x00?"))


@pytest.mark.parametrize("limit", [20, 10])
def test_an_image_far_too_large_is_refused(monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(
        ValueError, match=rf"Image size \(25 pixels\) exceeds limit of {limit} pixels|limit of 20 pixels"
    ):
        luma(encode(L))


def transparent(ink: tuple[int, int, int]) -> bytes:
    """The letter L in a colour, on nothing."""
    return encode(np.dstack([np.full((5, 5, 3), ink, np.uint8), L]))


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        ((0, 0, 0), 255 - L),  # on white
        ((255, 255, 255), L),  # on black
        ((200, 200, 200), np.where(L == 255, 200, 0)),
        ((255, 255, 0), np.where(L == 255, 226, 0)),
        ((120, 120, 120), np.where(L == 255, 120, 255)),
    ],
)
def test_a_transparent_image_is_put_on_what_it_can_be_seen_on(ink, expected):
    np.testing.assert_array_equal(luma(transparent(ink)), expected)


def test_paper_with_transparent_corners_is_put_on_white():
    paper = np.dstack([np.dstack([255 - L] * 3), np.full((5, 5), 255, np.uint8)])
    paper[0, 0, 3] = 0
    np.testing.assert_array_equal(luma(encode(paper)), 255 - L)


def test_nothing_at_all_is_white():
    np.testing.assert_array_equal(luma(encode(np.zeros((5, 5, 4), np.uint8))), np.full((5, 5), 255))

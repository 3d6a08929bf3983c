"""Decode one image file to grayscale arrays of a given size."""

import io
import struct
import warnings
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps, features

from letterpress.configuration.data import ImageConfig
from letterpress.images.grayscale import to_luma, to_pca_channel

# Pillow knows many more, some of which run other programs on the file.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", *(["AVIF"] if features.check("avif") else []))
GROUNDS = ("white", "black")  # what a transparent image is put on
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")  # more than 8 bits a pixel
BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)
DECODING_ERRORS = (OSError, SyntaxError, ValueError, struct.error, *BOMBS)


def decode(content: bytes, config: ImageConfig) -> tuple[np.ndarray, tuple[int, int]]:
    """Decode, convert to grayscale and resize one image file.

    Returns its channels, uint8 (channels, height, width), the luma and with
    `config.pca_channel` a second one, and the original (height, width).
    Raises ValueError with the reason where the image cannot be read.
    """
    image = open_image(content)
    return to_channels(image, config), (image.height, image.width)


def to_channels(image: Image.Image, config: ImageConfig) -> np.ndarray:
    """Convert an image of 8 bits a channel to grayscale and resize it, uint8 (channels, height, width)."""
    channels = [to_luma(image), to_pca_channel(image)] if config.pca_channel else [to_luma(image)]
    return np.stack([resize(channel, config) for channel in channels])


def open_image(content: bytes) -> Image.Image:
    """Open the first frame as upright_8_bit returns it; raise ValueError with the reason where it cannot be read."""
    return upright_8_bit(lambda: Image.open(io.BytesIO(content), formats=FORMATS))


def upright_8_bit(open_: Callable[[], Image.Image]) -> Image.Image:
    """Open an image and turn it upright by its EXIF tag, on white or black where transparent, 8 bits a channel.

    Raises ValueError with the reason where the image cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on tags that cannot be read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = open_()
            image.load()
            image = ImageOps.exif_transpose(image)
    except DECODING_ERRORS as error:
        reason = str(error).split("<_io")[0].strip()  # without the address of Pillow's buffer
        raise ValueError(reason or type(error).__name__) from error
    if image.mode in DEEP_MODES:
        return _to_8_bits(image)
    if image.has_transparency_data:
        return _over_ground(image.convert("RGBA"))
    return image


def _over_ground(image: Image.Image) -> Image.Image:
    """Put a transparent image on white, or on black where it would hardly be seen on white, as white ink is not."""
    on_white, on_black = (Image.alpha_composite(Image.new("RGBA", image.size, color), image) for color in GROUNDS)
    ranges = [np.ptp(np.asarray(to_luma(on_ground))) for on_ground in (on_white, on_black)]
    return on_black if int(ranges[1]) > 2 * int(ranges[0]) else on_white


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit values down, and values in [0, 1] up; Pillow's own conversion would clip them."""
    values = np.asarray(image, np.float64)
    if not np.isfinite(values).all():
        raise ValueError("some pixels are not finite numbers")
    largest = values.max(initial=0)
    white = 1.0 if largest <= 1 and image.mode == "F" else 255.0 if largest <= 255 else 65535.0
    return Image.fromarray((values.clip(0, white) * (255 / white)).round().astype(np.uint8))


def resize(image: Image.Image, config: ImageConfig) -> np.ndarray:
    """Resize a grayscale image with an antialiasing triangle filter, uint8 (height, width).

    Pads it first with `config.preserve_aspect_ratio`, inverts it with `config.invert`.
    """
    if config.preserve_aspect_ratio:
        image = _pad(image, config.height / config.width)
    if image.size != (config.width, config.height):
        image = image.resize((config.width, config.height), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return 255 - pixels if config.invert else pixels


def _pad(image: Image.Image, aspect: float) -> Image.Image:
    """Centre the image on a canvas of height/width `aspect`, filled with the median of the image's border."""
    width = max(image.width, round(image.height / aspect))
    height = max(image.height, round(image.width * aspect))
    if width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError("too long and thin to be padded")
    canvas = Image.new("L", (width, height), int(np.median(border_pixels(np.asarray(image)))))
    canvas.paste(image, ((width - image.width) // 2, (height - image.height) // 2))
    return canvas


def border_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return the outermost rows and columns of (height, width, ...) as one (n, ...), corners twice."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])

"""From one encoded picture to grey images of the wanted size."""

import io
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps

from letterpress.configuration.data import ImageConfig
from letterpress.images.grayscale import contrast, luma

# Pillow knows many more, some of which run other programs on the file.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")  # more than 8 bits a pixel


def decode(content: bytes, params: ImageConfig) -> tuple[np.ndarray, tuple[int, int]]:
    """Decode one picture.

    Returns its greys, uint8 (greys, height, width): its luma, and where
    `params.pca_channel` wishes it its contrast; and its own (height, width).
    Raises ValueError saying what is wrong with an unreadable one.
    """
    picture = open_picture(content)
    greys = [luma(picture), contrast(picture)] if params.pca_channel else [luma(picture)]
    return np.stack([resize(grey, params) for grey in greys]), (picture.height, picture.width)


def open_picture(content: bytes) -> Image.Image:
    """The first frame, upright by its EXIF tag, over white where transparent, of 8 bits a channel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on tags that cannot be read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            picture.load()
            picture = ImageOps.exif_transpose(picture)
    except (
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise ValueError(_reason(error)) from error
    if picture.mode in DEEP_MODES:
        return _eight_bits(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture


def _reason(error: Exception) -> str:
    """Pillow's reason, without the address of its buffer."""
    text = str(error).split("<_io")[0].strip()
    return text or type(error).__name__


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Scale 16-bit values down, and fractions of one up; Pillow's own conversion would clip them."""
    values = np.asarray(picture, np.float64)
    if not np.isfinite(values).all():
        raise ValueError("some pixels are no numbers")
    most = values.max(initial=0)
    full = 1.0 if most <= 1 and picture.mode == "F" else 255.0 if most <= 255 else 65535.0
    return Image.fromarray((values.clip(0, full) * (255 / full)).round().astype(np.uint8))


def resize(picture: Image.Image, params: ImageConfig) -> np.ndarray:
    """Resize with an antialiasing triangle filter, padded to keep the aspect if so wished; uint8 (height, width)."""
    if params.preserve_aspect_ratio:
        picture = _pad(picture, params.height / params.width)
    if picture.size != (params.width, params.height):
        picture = picture.resize((params.width, params.height), Image.Resampling.BILINEAR)
    image = np.asarray(picture)
    return 255 - image if params.invert else image


def _pad(picture: Image.Image, aspect: float) -> Image.Image:
    """Centre on a canvas with the wanted height/width, in the median grey of the picture's border."""
    width = max(picture.width, round(picture.height / aspect))
    height = max(picture.height, round(picture.width * aspect))
    if width * height > Image.MAX_IMAGE_PIXELS:
        raise ValueError("too long and thin to be padded")
    pixels = np.asarray(picture)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    canvas = Image.new("L", (width, height), int(np.median(border)))
    canvas.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    return canvas

"""Turn a glyph's masks into a small colour photo: paint, shadow, uneven light, blur, noise, JPEG."""

import io

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from letterpress.sources.synthetic.fonts import Families
from letterpress.sources.synthetic.glyphs import CLASSES, MARGIN, Masks, choose_label, draw_masks

LUMA_WEIGHTS = (0.299, 0.587, 0.114)  # ITU-R 601
MIN_LUMA_DIFFERENCE = 60.0  # between letter and background, of 255


def draw_photo(
    seed: tuple[int, ...], characters: str = CLASSES, margin: float = MARGIN, families: Families | None = None
) -> tuple[str, bytes]:
    """Render one of the characters; return it and its JPEG, a pure function of the arguments.

    Args:
        seed: of numpy's random generator.
        characters: to choose from.
        margin: around the character at most, as a fraction of its height.
        families: of the typefaces to choose from; by default those of street signs.
    """
    rng = np.random.default_rng(seed)
    label = choose_label(rng, characters)
    masks = draw_masks(label, rng, margin, families)
    image = _blur(_paint(masks, rng), rng)
    image = _expose(image, rng)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(45, 96)))
    return label, file.getvalue()


def _paint(masks: Masks, rng: np.random.Generator) -> Image.Image:
    """Paint background, shadow, outline and letter, one over the other."""
    background_color, ink_color = _draw_colors(rng)
    size = masks.ink.size
    image = _draw_surface(background_color, size, rng)
    if rng.random() < 0.25:
        distance = max(1, round(size[1] * 0.06))
        x, y = (int(step) for step in rng.integers(-distance, distance + 1, 2))
        shadow = ImageChops.offset(masks.outline, x, y).point([round(v * 0.6) for v in range(256)])
        image.paste(_shade(background_color, -80), mask=shadow)
    if masks.outlined:
        image.paste(_shade(ink_color, float(rng.uniform(-120, 120))), mask=masks.outline)
    image.paste(_draw_surface(ink_color, size, rng), mask=masks.ink)
    return image


def _draw_colors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw the colours of background and ink, float (3,) each, that differ by MIN_LUMA_DIFFERENCE or more."""
    while True:
        background, ink = _draw_color(rng), _draw_color(rng)
        if abs(float((background - ink) @ LUMA_WEIGHTS)) > MIN_LUMA_DIFFERENCE:
            return background, ink


def _draw_color(rng: np.random.Generator) -> np.ndarray:
    """Draw a shade of gray, tinted slightly or strongly, float (3,) in [0, 255]."""
    gray = rng.uniform(10, 245)
    tint = rng.uniform(-1, 1, 3) * (120 if rng.random() < 0.45 else 22)
    return np.clip(gray + tint, 0, 255)


def _shade(color: np.ndarray, offset: float) -> tuple[int, ...]:
    return tuple(int(value) for value in np.clip(color + offset, 0, 255))


def _draw_surface(color: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Draw a coloured plane with uneven light: a coarse grid of shades, smoothly enlarged."""
    strength = rng.choice([4.0, 12.0, 35.0], p=[0.4, 0.4, 0.2])
    light = rng.uniform(-strength, strength, (int(rng.integers(2, 5)), int(rng.integers(2, 5)), 1))
    grid = np.clip(color + light + rng.uniform(-4, 4, (*light.shape[:2], 3)), 0, 255)
    return Image.fromarray(grid.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def _blur(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Enlarge from few pixels, as of distant letters, or blur by up to 7 % of the height."""
    if rng.random() < 0.25:
        factor = float(rng.uniform(0.3, 0.7))
        small = [max(8, round(side * factor)) for side in image.size]
        image = image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BICUBIC)
    radius = float(rng.choice([0.0, 0.015, 0.035, 0.07], p=[0.35, 0.4, 0.2, 0.05]))
    if radius > 0:
        image = image.filter(ImageFilter.GaussianBlur(radius * image.height))
    return image


def _expose(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Change contrast and brightness, and add the sensor's noise."""
    contrast, brightness = rng.uniform(0.55, 1.1), rng.uniform(-30, 30)
    noise = rng.choice([1.0, 4.0, 10.0], p=[0.4, 0.4, 0.2])
    values = np.asarray(image, np.float32)
    grain = rng.integers(-128, 128, (*values.shape[:2], 1)) * (noise / 74.0)
    values = (values - 128) * contrast + 128 + brightness + grain
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

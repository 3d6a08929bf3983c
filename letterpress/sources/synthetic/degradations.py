"""What street, light and camera add to a mask: a small colour photograph."""

import io

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from letterpress.sources.synthetic.fonts import Families
from letterpress.sources.synthetic.glyphs import CLASSES, MARGIN, Masks, choose_label, draw_masks

LEAST_CONTRAST = 60.0  # grey levels between letter and ground


def photograph(
    seed: tuple[int, ...], characters: str = CLASSES, margin: float = MARGIN, families: Families | None = None
) -> tuple[str, bytes]:
    """One of the characters, rendered, and its JPEG, a pure function of the arguments.

    `margin` is the most that is left around it, as a share of its height;
    `families` are those of its faces, where they are not the street's.
    """
    rng = np.random.default_rng(seed)
    label = choose_label(rng, characters)
    masks = draw_masks(label, rng, margin, families)
    picture = _blur(_paint(masks, rng), rng)
    picture = _expose(picture, rng)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(rng.integers(45, 96)))
    return label, file.getvalue()


def _paint(masks: Masks, rng: np.random.Generator) -> Image.Image:
    """Ground, shadow, outline and letter, one over the other."""
    ground_colour, ink_colour = _colours(rng)
    size = masks.ink.size
    picture = _surface(ground_colour, size, rng)
    if rng.random() < 0.25:
        distance = max(1, round(size[1] * 0.06))
        x, y = (int(step) for step in rng.integers(-distance, distance + 1, 2))
        shadow = ImageChops.offset(masks.outline, x, y).point([round(v * 0.6) for v in range(256)])
        picture.paste(_shade(ground_colour, -80), mask=shadow)
    if masks.outlined:
        picture.paste(_shade(ink_colour, float(rng.uniform(-120, 120))), mask=masks.outline)
    picture.paste(_surface(ink_colour, size, rng), mask=masks.ink)
    return picture


def _colours(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two colours, float (3,), whose luma differs enough to read."""
    while True:
        ground, ink = _colour(rng), _colour(rng)
        if abs(float((ground - ink) @ (0.299, 0.587, 0.114))) > LEAST_CONTRAST:
            return ground, ink


def _colour(rng: np.random.Generator) -> np.ndarray:
    """A shade of grey, tinted a little or a lot."""
    grey = rng.uniform(10, 245)
    tint = rng.uniform(-1, 1, 3) * (120 if rng.random() < 0.45 else 22)
    return np.clip(grey + tint, 0, 255)


def _shade(colour: np.ndarray, by: float) -> tuple[int, ...]:
    return tuple(int(value) for value in np.clip(colour + by, 0, 255))


def _surface(colour: np.ndarray, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A coloured plane with uneven light: a coarse grid of shades, smoothly enlarged."""
    strength = rng.choice([4.0, 12.0, 35.0], p=[0.4, 0.4, 0.2])
    light = rng.uniform(-strength, strength, (int(rng.integers(2, 5)), int(rng.integers(2, 5)), 1))
    grid = np.clip(colour + light + rng.uniform(-4, 4, (*light.shape[:2], 3)), 0, 255)
    return Image.fromarray(grid.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def _blur(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Out of focus by up to a twelfth of the height, or enlarged from few pixels, as far-off letters are."""
    if rng.random() < 0.25:
        factor = float(rng.uniform(0.3, 0.7))
        small = [max(8, round(side * factor)) for side in picture.size]
        picture = picture.resize(small, Image.Resampling.BILINEAR).resize(picture.size, Image.Resampling.BICUBIC)
    share = float(rng.choice([0.0, 0.015, 0.035, 0.07], p=[0.35, 0.4, 0.2, 0.05]))
    if share > 0:
        picture = picture.filter(ImageFilter.GaussianBlur(share * picture.height))
    return picture


def _expose(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Contrast, brightness and the sensor's noise."""
    contrast, brightness = rng.uniform(0.55, 1.1), rng.uniform(-30, 30)
    noise = rng.choice([1.0, 4.0, 10.0], p=[0.4, 0.4, 0.2])
    values = np.asarray(picture, np.float32)
    grain = rng.integers(-128, 128, (*values.shape[:2], 1)) * (noise / 74.0)
    values = (values - 128) * contrast + 128 + brightness + grain
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))

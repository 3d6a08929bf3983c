"""Draw the mask of a character between two others, cropped as by an imprecise annotator.

Only sums, products and table look-ups are used on arrays, no transcendental
functions of numpy: those differ in the last bit between types of CPU, and an
image must have the same bytes everywhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from letterpress.sources.synthetic.fonts import Families, Typeface, load_font, street_families

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
CLASSES = DIGITS + UPPER + LOWER
CHAR_TYPES = (DIGITS, UPPER, LOWER)
CHAR_TYPE_PROBABILITIES = (0.12, 0.50, 0.38)  # streets have mostly capitals
FONT_SIZES = (20, 24, 28, 34, 40, 48, 58, 70)  # pixels per em
MARGIN = 0.18  # at most on each side, as a fraction of the character's height

Box = tuple[float, float, float, float]  # left, top, right and bottom on the canvas, in pixels


@dataclass(frozen=True)
class Masks:
    """Coverage of one crop, mode L: its ink, and the ink with its outline, or without one the ink again."""

    ink: Image.Image
    outline: Image.Image
    outlined: bool


def choose_label(rng: np.random.Generator, characters: str) -> str:
    """Draw one of the characters: its type by CHAR_TYPE_PROBABILITIES, then uniformly within the type."""
    groups = [[c for c in char_type if c in characters] for char_type in CHAR_TYPES]
    weights = np.array([p if group else 0.0 for p, group in zip(CHAR_TYPE_PROBABILITIES, groups, strict=True)])
    group = rng.choice(len(groups), p=weights / weights.sum())
    return str(rng.choice(groups[group]))


def draw_masks(
    label: str, rng: np.random.Generator, margin: float = MARGIN, families: Families | None = None
) -> Masks:
    """Draw a character between two others and crop it imprecisely.

    Args:
        label: the character.
        rng: source of every choice.
        margin: around the character at most, as a fraction of its height.
        families: of the typefaces to choose from; by default those of street signs.
    """
    font = load_font(_choose_typeface(families or street_families(), rng), int(rng.choice(FONT_SIZES)))
    left, right = _choose_context(label, rng)
    text = left + label + right
    spacing = float(rng.uniform(0.0, 0.18)) * font.size
    positions, width = _positions(text, font, spacing)
    canvas = (width + 2 * font.size, 3 * font.size)
    box = _add_margins(_bounding_box(label, font, positions[len(left)]), font, rng, margin)
    corners = _distort(box, rng)
    ink = outline = _draw_text(text, font, positions, canvas)
    if rng.random() < 0.25:
        outline = _draw_text(text, font, positions, canvas, stroke=max(1, round(font.size * 0.05)))
    return Masks(_crop(ink, corners), _crop(outline, corners), outlined=outline is not ink)


def _choose_typeface(families: Families, rng: np.random.Generator) -> Typeface:
    family = families[int(rng.integers(len(families)))]
    return family[int(rng.integers(len(family)))]


def _draw_text(
    text: str, font: ImageFont.FreeTypeFont, positions: list[float], canvas: tuple[int, int], stroke: int = 0
) -> Image.Image:
    """Draw a text on a canvas, mode L, its baseline two ems below the top, with an outline of `stroke` pixels."""
    mask = Image.new("L", canvas)
    pen = ImageDraw.Draw(mask)
    for character, x in zip(text, positions, strict=True):
        pen.text((x, 2 * font.size), character, font=font, fill=255, anchor="ls", stroke_width=stroke)
    return mask


def _choose_context(label: str, rng: np.random.Generator) -> tuple[str, str]:
    """Choose the characters on its left and right: digits for a digit, capitals or lower case for a capital."""
    char_type = next(characters for characters in CHAR_TYPES if label in characters)
    capitalised = char_type is UPPER and rng.random() < 0.3
    left = "" if capitalised or rng.random() < 0.2 else str(rng.choice(list(char_type)))
    right = "" if rng.random() < 0.2 else str(rng.choice(list(LOWER if capitalised else char_type)))
    if char_type is LOWER and left and rng.random() < 0.2:
        left = left.upper()
    return left, right


def _positions(text: str, font: ImageFont.FreeTypeFont, spacing: float) -> tuple[list[float], int]:
    """Return the x of each character's origin, the first one em from the left, and the text's width."""
    positions, x = [], float(font.size)
    for character in text:
        positions.append(x)
        x += font.getlength(character) + spacing
    return positions, math.ceil(x - font.size)


def _bounding_box(label: str, font: ImageFont.FreeTypeFont, x: float) -> Box:
    """Return left, top, right and bottom of a character whose origin is at x, on the canvas."""
    left, top, right, bottom = font.getbbox(label, anchor="ls")
    return x + left, 2 * font.size + top, x + right, 2 * font.size + bottom


def _add_margins(box: Box, font: ImageFont.FreeTypeFont, rng: np.random.Generator, margin: float) -> Box:
    """Widen a box by random margins of up to `margin` times its height, on each side.

    Some boxes get the line's full height, as annotators crop words; a narrow
    one, as of an i, gets a quarter of its height as width.
    """
    left, top, right, bottom = box
    margins = rng.uniform(0.0, margin, 4) * (bottom - top)
    if rng.random() < 0.6:
        top = min(top, 2 * font.size - 0.74 * font.size)
    left, top, right, bottom = left - margins[0], top - margins[1], right + margins[2], bottom + margins[3]
    missing = max(0.0, 0.25 * (bottom - top) - (right - left))
    return left - missing / 2, top, right + missing / 2, bottom


def _distort(box: Box, rng: np.random.Generator) -> tuple[float, ...]:
    """Rotate and shear a box, and shift each corner: upper left, lower left, lower right, upper right, x before y."""
    left, top, right, bottom = box
    centre_x, centre_y = (left + right) / 2, (top + bottom) / 2
    angle = math.radians(float(rng.uniform(-9, 9)))
    shear = float(rng.uniform(-0.15, 0.15))
    shifts = rng.uniform(-0.05, 0.05, (4, 2)) * (bottom - top)
    corners = []
    for (x, y), (dx, dy) in zip(((left, top), (left, bottom), (right, bottom), (right, top)), shifts, strict=True):
        x, y = x - centre_x, y - centre_y
        x += shear * y
        rotated_x = x * math.cos(angle) - y * math.sin(angle)
        rotated_y = x * math.sin(angle) + y * math.cos(angle)
        corners += [centre_x + rotated_x + dx, centre_y + rotated_y + dy]
    return tuple(round(value, 3) for value in corners)


def _crop(mask: Image.Image, corners: tuple[float, ...]) -> Image.Image:
    """Map the quadrilateral to an upright image of its mean width and height, 8 pixels or more."""
    x, y = corners[0::2], corners[1::2]
    width = (x[2] + x[3] - x[0] - x[1]) / 2
    height = (y[1] + y[2] - y[0] - y[3]) / 2
    size = max(8, round(width)), max(8, round(height))
    return mask.transform(size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR)

"""Masks of a letter among its neighbours, as a camera's frame cuts them out.

Only sums, products and table look-ups are used on arrays, no transcendental
functions of numpy: those differ in the last bit from one CPU type to another,
and an image must be the same to the byte everywhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from letterpress.sources.synthetic.fonts import Face, Families, font, street_families

DIGITS = "0123456789"
UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
CLASSES = DIGITS + UPPER + LOWER
KIND_SHARES = (0.12, 0.50, 0.38)  # digits, capitals, small letters: streets are mostly capitals
FONT_SIZES = (20, 24, 28, 34, 40, 48, 58, 70)  # pixels an em
MARGIN = 0.18  # of a letter's height, at most left around it on each side


@dataclass(frozen=True)
class Masks:
    """Coverage of one crop, as 8-bit grey: its ink, and the same ink grown by an outline if it has one."""

    ink: Image.Image
    outline: Image.Image
    outlined: bool


def choose_label(rng: np.random.Generator, characters: str) -> str:
    """One of the characters by the share of its kind, evenly within it."""
    kinds = [[c for c in kind if c in characters] for kind in (DIGITS, UPPER, LOWER)]
    shares = np.array([share if kind else 0.0 for share, kind in zip(KIND_SHARES, kinds, strict=True)])
    kind = rng.choice(3, p=shares / shares.sum())
    return str(rng.choice(kinds[kind]))


def draw_masks(
    label: str, rng: np.random.Generator, margin: float = MARGIN, families: Families | None = None
) -> Masks:
    """Set a letter between two neighbours and cut it out with an unsteady hand; in a street's faces if no others."""
    face = font(_choose_face(families or street_families(), rng), int(rng.choice(FONT_SIZES)))
    left, right = _neighbours(label, rng)
    text = left + label + right
    spacing = float(rng.uniform(0.0, 0.18)) * face.size
    positions, width = _positions(text, face, spacing)
    canvas = (width + 2 * face.size, 3 * face.size)
    box = _box(label, face, positions[len(left)])
    corners = _frame(box, face, rng, margin)
    size = _frame_size(corners)
    ink = _set(text, face, positions, canvas)
    outline = ink
    if rng.random() < 0.25:
        outline = _set(text, face, positions, canvas, stroke=max(1, round(face.size * 0.05)))
    cut = [mask.transform(size, Image.Transform.QUAD, corners, Image.Resampling.BILINEAR) for mask in (ink, outline)]
    return Masks(*cut, outlined=outline is not ink)


def _choose_face(families: Families, rng: np.random.Generator) -> Face:
    family = families[int(rng.integers(len(families)))]
    return family[int(rng.integers(len(family)))]


def _set(
    text: str, face: ImageFont.FreeTypeFont, positions: list[float], canvas: tuple[int, int], stroke: int = 0
) -> Image.Image:
    """Coverage of a text on the canvas, its baseline two ems down."""
    mask = Image.new("L", canvas)
    pen = ImageDraw.Draw(mask)
    for character, x in zip(text, positions, strict=True):
        pen.text((x, 2 * face.size), character, font=face, fill=255, anchor="ls", stroke_width=stroke)
    return mask


def _neighbours(label: str, rng: np.random.Generator) -> tuple[str, str]:
    """Letters that would stand beside it: digits by digits, capitals in capitals or before small letters."""
    kind = DIGITS if label in DIGITS else UPPER if label in UPPER else LOWER
    capitalised = kind is UPPER and rng.random() < 0.3
    left = "" if capitalised or rng.random() < 0.2 else str(rng.choice(list(kind)))
    right = "" if rng.random() < 0.2 else str(rng.choice(list(LOWER if capitalised else kind)))
    if kind is LOWER and left and rng.random() < 0.2:
        left = left.upper()
    return left, right


def _positions(text: str, face: ImageFont.FreeTypeFont, spacing: float) -> tuple[list[float], int]:
    """Where each character's origin lies, one em in from the left, and the text's width."""
    positions, x = [], float(face.size)
    for character in text:
        positions.append(x)
        x += face.getlength(character) + spacing
    return positions, math.ceil(x - face.size)


def _box(label: str, face: ImageFont.FreeTypeFont, x: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = face.getbbox(label, anchor="ls")
    return x + left, 2 * face.size + top, x + right, 2 * face.size + bottom


def _frame(
    box: tuple[float, float, float, float], face: ImageFont.FreeTypeFont, rng: np.random.Generator, margin: float
) -> tuple[float, ...]:
    """The crop's corners on the canvas: upper left, lower left, lower right, upper right.

    The box is widened, turned, sheared and its corners are pulled apart. Some
    crops take the line's full height, as annotators do with words.
    """
    left, top, right, bottom = box
    margins = rng.uniform(0.0, margin, 4) * (bottom - top)
    if rng.random() < 0.6:
        top = min(top, 2 * face.size - 0.74 * face.size)
    left, top, right, bottom = left - margins[0], top - margins[1], right + margins[2], bottom + margins[3]
    least = 0.25 * (bottom - top) - (right - left)  # an i is not cut to a stripe
    left, right = left - max(0.0, least) / 2, right + max(0.0, least) / 2
    centre_x, centre_y = (left + right) / 2, (top + bottom) / 2
    angle = math.radians(float(rng.uniform(-9, 9)))
    slant = float(rng.uniform(-0.15, 0.15))
    pull = rng.uniform(-0.05, 0.05, (4, 2)) * (bottom - top)
    corners = []
    for (x, y), (dx, dy) in zip(((left, top), (left, bottom), (right, bottom), (right, top)), pull, strict=True):
        x, y = x - centre_x, y - centre_y
        x += slant * y
        turned_x = x * math.cos(angle) - y * math.sin(angle)
        turned_y = x * math.sin(angle) + y * math.cos(angle)
        corners += [centre_x + turned_x + dx, centre_y + turned_y + dy]
    return tuple(round(value, 3) for value in corners)


def _frame_size(corners: tuple[float, ...]) -> tuple[int, int]:
    """Width and height of the cut-out in pixels, at least 8."""
    x, y = corners[0::2], corners[1::2]
    width = (x[2] + x[3] - x[0] - x[1]) / 2
    height = (y[1] + y[2] - y[0] - y[3]) / 2
    return max(8, round(width)), max(8, round(height))

"""The faces that street letters are set in: all from pip-installable packages."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

PACKAGES = (
    "font_amatic_sc",
    "font_caladea",
    "font_fredoka_one",
    "font_hanken_grotesk",
    "font_intuitive",
    "font_manrope",
    "font_roboto",
    "font_source_sans_pro",
    "font_source_serif_pro",
    "matplotlib",
)

# Faces of symbols, or without one of the 62 characters.
UNFIT = (
    "cmex",
    "cmsy",
    "cmmi",
    "STIXSiz",
    "STIXNonUni",
    "DejaVuSansDisplay",
    "DejaVuSerifDisplay",
    "LastResort",
)

# Small capitals stand in for lower case here, so a letter's case cannot be told.
UNFIT += ("AmaticSC",)


@lru_cache
def faces() -> tuple[str, ...]:
    """Paths of all usable font files, one a face, ordered by package and name."""
    found = []
    for package in PACKAGES:
        folder = Path(find_spec(package).origin).parent
        files = {file.stem: str(file) for ending in ("ttf", "otf") for file in folder.rglob(f"*.{ending}")}
        found += [files[name] for name in sorted(files) if not name.startswith(UNFIT)]
    return tuple(found)


@lru_cache(maxsize=4096)
def font(face: int, size: int) -> ImageFont.FreeTypeFont:
    """The `face`-th font at `size` pixels."""
    return ImageFont.truetype(faces()[face], size, layout_engine=ImageFont.Layout.BASIC)

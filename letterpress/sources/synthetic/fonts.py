"""The typefaces that synthetic images are set in: all from pip-installable packages.

A typeface is a font file or, of a variable font, one of its weights and widths.
Typefaces come in families. For pre-training each family is as likely as
another, however many weights it has.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

from PIL import ImageFont

from letterpress.infrastructure.errors import UserError

PACKAGES = (
    *("font_caladea", "font_fredoka_one", "font_hanken_grotesk", "font_intuitive", "font_manrope"),
    *("font_roboto", "font_source_sans_pro", "font_source_serif_pro"),
)

# Families of Google Fonts, as varied as those on shops and signs.
SIGN_FAMILIES = (
    *("abel", "acme", "alumni_sans", "anton", "archivo", "archivo_narrow", "arimo", "asap", "atkinson_hyperlegible"),
    *("barlow_condensed", "bricolage_grotesque", "cabin", "catamaran", "chakra_petch", "chivo", "comfortaa", "dosis"),
    *("encode_sans", "exo_2", "fira_sans", "fjalla_one", "hammersmith_one", "josefin_sans", "jost", "kanit", "lato"),
    *("league_spartan", "lexend", "libre_franklin", "maven_pro", "montserrat", "news_cycle", "nunito", "open_sans"),
    *("orbitron", "oswald", "outfit", "overpass", "oxygen", "play", "poppins", "pt_sans", "pt_sans_narrow"),
    *("questrial", "quicksand", "rajdhani", "raleway", "roboto_condensed", "rubik", "russo_one", "saira_condensed"),
    *("share_tech", "signika", "smooch_sans", "syne", "teko", "titillium_web", "unbounded", "varela_round", "viga"),
    *("work_sans", "yanone_kaffeesatz"),
    *("abril_fatface", "alfa_slab_one", "archivo_black", "baloo_2", "black_ops_one", "bodoni_moda", "changa_one"),
    *("gravitas_one", "lilita_one", "press_start_2p", "ramabhadra", "righteous", "rowdies", "titan_one"),
    *("alegreya_sans", "antic_slab", "arvo", "bitter", "cardo", "cormorant", "crimson_text", "dm_serif_display"),
    *("domine", "eb_garamond", "frank_ruhl_libre", "fraunces", "ibm_plex_serif", "instrument_serif"),
    *("libre_baskerville", "lora", "marcellus", "merriweather", "noto_serif", "playfair_display", "pt_serif"),
    *("roboto_slab", "sanchez", "slabo_27px", "spectral", "vollkorn", "zilla_slab"),
    *("ibm_plex_mono", "inconsolata", "space_mono"),
    *("caveat", "dancing_script", "delius", "great_vibes", "indie_flower", "kalam", "lobster", "lobster_two"),
    *("oleo_script", "pacifico", "satisfy", "shadows_into_light", "yellowtail", "zeyada"),
)

MIN_WEIGHT = 300  # of a variable font; signs have no thinner strokes


@dataclass(frozen=True)
class Typeface:
    """A font file, and of a variable font the position on each of its axes."""

    path: str
    axes: tuple[float, ...] = ()


Families = tuple[tuple[Typeface, ...], ...]


@lru_cache
def street_families() -> Families:
    """Return all files of PACKAGES, ordered by package and name, as one family: each is as likely."""
    return (tuple(Typeface(path) for package in PACKAGES for path in _font_files(package)),)


@lru_cache
def sign_families() -> Families:
    """Return the families of PACKAGES and of SIGN_FAMILIES, one for each package."""
    packages = (*PACKAGES, *(f"fontpkg_{name}" for name in SIGN_FAMILIES))
    families = (
        tuple(typeface for path in _font_files(package) for typeface in _typefaces(path)) for package in packages
    )
    return tuple(family for family in families if family)


def _font_files(package: str) -> list[str]:
    """Return a package's font files, ordered by name, one of each name."""
    spec = find_spec(package)
    if spec is None:
        target = "letters" if package.startswith("fontpkg") else "setup"
        raise UserError(f"The package {package.replace('_', '-')} with its fonts is missing; run `make {target}`.")
    folder = Path(spec.origin).parent
    files = {file.stem: str(file) for extension in ("ttf", "otf") for file in folder.rglob(f"*.{extension}")}
    return [files[name] for name in sorted(files)]


def _typefaces(path: str) -> list[Typeface]:
    """Return a file's typefaces: of a variable font three weights by up to three widths."""
    try:
        axes = ImageFont.truetype(path).get_variation_axes()
    except OSError:  # not a variable font
        return [Typeface(path)]
    return [Typeface(path, positions) for positions in product(*map(_axis_positions, axes))]


def _axis_positions(axis: dict) -> tuple[float, ...]:
    """Return the positions that are used of an axis, which is as Pillow describes it."""
    minimum, default, maximum = axis["minimum"], axis["default"], axis["maximum"]
    if axis["name"] == b"Weight":
        lightest = max(minimum, MIN_WEIGHT)
        return lightest, (lightest + maximum) / 2, maximum
    return tuple(sorted({minimum, default, maximum})) if axis["name"] == b"Width" else (default,)


@lru_cache(maxsize=1024)
def load_font(typeface: Typeface, size: int) -> ImageFont.FreeTypeFont:
    """Load a typeface at `size` pixels per em."""
    font = ImageFont.truetype(typeface.path, size, layout_engine=ImageFont.Layout.BASIC)
    if typeface.axes:
        font.set_variation_by_axes(list(typeface.axes))
    return font

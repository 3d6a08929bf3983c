"""The faces that letters are set in: all from pip-installable packages.

A face is a font file or, of a variable font, one of its weights and widths.
Faces come in families: letters for pre-training are drawn from many, each as
likely as another, however many weights it has.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

from PIL import ImageFont

from letterpress.infrastructure.errors import UserError

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

# Families of Google Fonts, for letters as unlike each other as those on shops and signs.
SIGNS = (
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

LIGHTEST = 300  # of a variable font's weights; thinner strokes are not for signs


@dataclass(frozen=True)
class Face:
    """A font file; of a variable font, where it stands on each of the file's axes, too."""

    path: str
    axes: tuple[float, ...] = ()


Families = tuple[tuple[Face, ...], ...]


@lru_cache
def street_families() -> Families:
    """All files of PACKAGES, ordered by package and name, as one family: each is as likely."""
    return (tuple(Face(path) for package in PACKAGES for path in _files(package)),)


@lru_cache
def sign_families() -> Families:
    """The families of PACKAGES and of SIGNS, a package each."""
    packages = (*PACKAGES, *(f"fontpkg_{name}" for name in SIGNS))
    families = (tuple(face for path in _files(package) for face in _faces(path)) for package in packages)
    return tuple(family for family in families if family)


def _files(package: str) -> list[str]:
    """Its usable font files, ordered by name, one of each name."""
    found = find_spec(package)
    if found is None:
        raise UserError(f"The package {package.replace('_', '-')} with its fonts is not installed; run `make setup`.")
    folder = Path(found.origin).parent
    files = {file.stem: str(file) for ending in ("ttf", "otf") for file in folder.rglob(f"*.{ending}")}
    return [files[name] for name in sorted(files) if not name.startswith(UNFIT)]


def _faces(path: str) -> list[Face]:
    """A file's faces: three weights by up to three widths of a variable font."""
    try:
        axes = ImageFont.truetype(path).get_variation_axes()
    except OSError:  # not a variable font
        return [Face(path)]
    return [Face(path, places) for places in product(*map(_places, axes))]


def _places(axis: dict) -> tuple[float, ...]:
    """Where faces stand on an axis, as Pillow describes it."""
    least, usual, most = axis["minimum"], axis["default"], axis["maximum"]
    if axis["name"] == b"Weight":
        lightest = max(least, LIGHTEST)
        return lightest, (lightest + most) / 2, most
    return tuple(sorted({least, usual, most})) if axis["name"] == b"Width" else (usual,)


@lru_cache(maxsize=1024)
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels an em."""
    opened = ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.BASIC)
    if face.axes:
        opened.set_variation_by_axes(list(face.axes))
    return opened

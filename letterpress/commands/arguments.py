"""Arguments that several commands share."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError


def add_recipe(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Add RECIPE_DIR, a recipe's folder or name; where it is optional, the current folder by default."""
    parser.add_argument(
        "recipe",
        type=recipe_folder,
        metavar="RECIPE_DIR",
        help=f"a folder with params.yaml, or a recipe's name{' (default: the current folder)' if optional else ''}",
        **({"nargs": "?", "default": "."} if optional else {}),
    )


def recipe_folder(text: str) -> Path:
    """Return the folder that a path or a recipe's name stands for; raise UserError, with the known names, if none."""
    given = Path(text).parent if Path(text).name == "params.yaml" else Path(text)
    if text and (given / "params.yaml").is_file():
        return given
    known = {projects.name_of(folder): folder for folder in projects.folders() if (folder / "params.yaml").is_file()}
    name = given.name if given.parent in (Path(), Path("recipes")) else None
    if name not in known:
        raise UserError(f"{text!r} is neither a recipe's folder nor its name; known: {', '.join(known)}.")
    return Path(os.path.relpath(known[name]))


def fraction(text: str) -> float:
    """Return a number from 0 to 1, as argparse's type."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, received {text!r}")
    return number


def whole_number(low: int, high: int | None = None) -> Callable[[str], int]:
    """Return argparse's type for whole numbers from `low` to `high`."""
    expected = f"a whole number from {low} to {high}" if high else f"a whole number of at least {low}"

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if number < low or (high is not None and number > high):
            raise argparse.ArgumentTypeError(f"expected {expected}, received {text!r}")
        return number

    return parse

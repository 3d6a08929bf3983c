"""Arguments that several commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_recipe(parser: argparse.ArgumentParser, optional: bool = False) -> None:
    """Add RECIPE_DIR, a folder with params.yaml; where it is optional, the current one by default."""
    parser.add_argument(
        "recipe",
        type=Path,
        metavar="RECIPE_DIR",
        help=f"a folder with params.yaml{' (default: the current one)' if optional else ''}",
        **({"nargs": "?", "default": Path()} if optional else {}),
    )


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

"""Serve a page to draw or drop a character on, and see what a recipe's trained ensemble predicts.

letterpress demo [RECIPE_DIR] [--port 7860]
"""

import argparse

from letterpress.commands.arguments import add_recipe, whole_number
from letterpress.infrastructure.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe and the port."""
    add_recipe(parser, optional=True)
    parser.add_argument("--port", type=whole_number(1, 65535), default=7860, help="default: 7860")


def run(arguments: argparse.Namespace) -> None:
    """Serve the page until interrupted."""
    try:
        from letterpress.commands.demo_page import serve_page
    except ModuleNotFoundError as error:
        raise UserError(f"{error.name} is not installed; run `make demo`, which installs it.") from error
    from letterpress.serving.ensemble import load_ensemble

    serve_page(load_ensemble(arguments.recipe), arguments.port)

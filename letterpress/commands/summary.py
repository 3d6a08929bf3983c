"""Print a recipe's accuracy, and where its submission and report are.

letterpress summary [RECIPE_DIR]
"""

import argparse
import json
from pathlib import Path

from letterpress.commands.arguments import add_recipe
from letterpress.infrastructure.errors import UserError

DETAILS = "metrics/details.json"
MEANINGS = {
    "holdout": "on {n:,} held-out images that no member trained on",
    "oof": "out of fold, on {n:,} labelled images",
    "test": "on the {n:,} test images, whose labels are known",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe."""
    add_recipe(parser, optional=True)


def run(arguments: argparse.Namespace) -> None:
    """Print the summary."""
    print(summarize_recipe(arguments.recipe))


def summarize_recipe(folder: Path) -> str:
    """Return the summary of a recipe that has run; raise UserError where it has not."""
    try:
        details = json.loads((folder / DETAILS).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{folder / DETAILS} is missing; run `dvc repro` there.") from error
    lines = ["", "Accuracy of the ensemble"]
    for part, meaning in MEANINGS.items():
        if part in details:
            lines.append(f"  {details[part]['accuracy']:.4f}  {meaning.format(**details[part])}")
    lines += [f"Submission  {folder / 'data/submission.csv'}", f"Report      {folder / 'report/index.html'}"]
    return "\n".join(lines)

"""What `make repro` ends with: the accuracy, and where submission and report lie.

python -m letterpress.commands.summary [FOLDER OF A RECIPE]
"""

import json
import sys
from pathlib import Path

from letterpress.infrastructure.errors import UserError

MEANINGS = {
    "holdout": "on {images:,} held-out images that no member has seen",
    "oof": "out of fold, on {images:,} labelled images",
    "test": "on the {images:,} test images, whose truth is known here",
}


def summarise(folder: Path) -> str:
    """The lines to print for a recipe that has run."""
    try:
        figures = json.loads((folder / "metrics/ensemble.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{folder}/metrics/ensemble.json is missing; run `dvc repro` there.") from error
    lines = ["", "Accuracy of the ensemble"]
    for part, meaning in MEANINGS.items():
        if part in figures:
            lines.append(f"  {figures[part]['accuracy']:.4f}  {meaning.format(**figures[part])}")
    lines += [f"Submission  {folder / 'data/submission.csv'}", f"Report      {folder / 'report/index.html'}"]
    return "\n".join(lines)


def main() -> None:
    """Print the summary of the recipe that the command line names."""
    try:
        print(summarise(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""Predictor new images with a recipe's trained ensemble.

python -m letterpress.commands.predict RECIPE_DIR IMAGE|FOLDER|ZIP ... [--top 5] [--output out.csv]
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np

from letterpress.commands.inputs import Pictures
from letterpress.configuration.params import load_params
from letterpress.datasets.image_arrays import prepare
from letterpress.datasets.raw import Part
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text

Ranked = list[list[tuple[str, float]]]  # for each image the most probable classes, best first


def main() -> None:
    """Predictor what the command line names; print a table, or write a CSV."""
    parser = argparse.ArgumentParser(
        prog="python -m letterpress.commands.predict", description=__doc__.splitlines()[0]
    )
    parser.add_argument("recipe", type=Path, metavar="RECIPE_DIR", help="a folder with params.yaml that has been run")
    parser.add_argument("inputs", nargs="+", metavar="IMAGE|FOLDER|ZIP")
    parser.add_argument("--top", type=_positive, default=5, metavar="N", help="how many classes an image (5)")
    parser.add_argument("--output", type=Path, metavar="FILE.csv", help="a file in place of the table")
    arguments = parser.parse_args()
    try:
        names, ranked = judge(arguments.recipe, arguments.inputs, arguments.top)
        if arguments.output:
            write_text(arguments.output, to_csv(names, ranked))
            print(f"{arguments.output}: {len(names)} images")
        else:
            print(to_table(names, ranked))
    except UserError as error:
        print(f"predict: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"predict: {error.filename}: {error.strerror}; name another file, or make room.", file=sys.stderr)
        sys.exit(2)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, received {text!r}")
    return int(text)


def judge(folder: Path, inputs: list[str], top: int) -> tuple[list[str], Ranked]:
    """The pictures' names, and for each the `top` most probable classes with their probabilities.

    Raises UserError where the recipe has not been run, or an input cannot be read.
    """
    params, pictures = load_params(folder / "params.yaml"), Pictures(inputs)
    greys, _ = prepare(Part(pictures.names, None, pictures.names), pictures, params.image, "images")
    from letterpress.commands.trained_ensemble import load  # TensorFlow starts threads: after decoding has forked

    trained = load(folder, params)
    probabilities = trained.probabilities(greys)
    best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
    ranked = [
        [(trained.classes[i], float(row[i])) for i in order] for row, order in zip(probabilities, best, strict=True)
    ]
    return pictures.names, ranked


def to_csv(names: list[str], ranked: Ranked) -> str:
    """A row an image: file,class,probability, and class_2,probability_2,… for further classes."""
    header = ["file", "class", "probability"]
    for place in range(2, len(ranked[0]) + 1):
        header += [f"class_{place}", f"probability_{place}"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for name, best in zip(names, ranked, strict=True):
        writer.writerow([name, *(cell for found, share in best for cell in (found, f"{share:.6f}"))])
    return text.getvalue()


def to_table(names: list[str], ranked: Ranked) -> str:
    """A line an image, for people."""
    width = max(map(len, names))
    wide = max(len(found) for best in ranked for found, _ in best)
    return "\n".join(
        f"{name:<{width}}" + "".join(f"   {found:>{wide}} {share:6.1%}" for found, share in best)
        for name, best in zip(names, ranked, strict=True)
    )


if __name__ == "__main__":
    main()

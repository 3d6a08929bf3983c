"""Classify new images with a trained recipe; print a table, or write a CSV.

letterpress predict RECIPE_DIR IMAGE|FOLDER|ZIP … [--top 5] [--min-probability 0.9] [--output out.csv]

With --min-probability the class of an image below it is empty in the CSV, and the
column `unsure` has what it would have been; the table marks the line.
Names that are not UTF-8, and control characters in names, are written as escapes: an image is one line.
"""

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from letterpress.commands.arguments import add_recipe, fraction, whole_number
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.outputs import check_output, descriptor_of, write_output
from letterpress.infrastructure.text import on_one_line
from letterpress.storage.exported_model import exported_model

if TYPE_CHECKING:
    import numpy as np

    from letterpress.commands.inputs import InputImages
    from letterpress.configuration.data import ImageConfig

Ranked = list[list[tuple[str, float]]]  # per image the most probable classes with their probabilities, best first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, the images and the options."""
    add_recipe(parser)
    parser.add_argument("inputs", nargs="+", metavar="IMAGE|FOLDER|ZIP")
    parser.add_argument("--top", type=whole_number(1), default=5, metavar="N", help="classes per image (default: 5)")
    parser.add_argument("--min-probability", type=fraction, metavar="P", help="below it an image is unsure")
    parser.add_argument("--skip-unreadable", action="store_true", help="name images that cannot be read; do the rest")
    parser.add_argument("--output", metavar="FILE.csv", help="write a CSV instead of a table (-: to stdout)")


def run(arguments: argparse.Namespace) -> None:
    """Print a table, or write a CSV."""
    from letterpress.commands.inputs import InputImages

    images, output = InputImages(arguments.inputs), arguments.output
    if output is not None:
        check_output(output, [*arguments.inputs, *images.names, *recipe_files(arguments.recipe)])
    if images.left_out:
        print(f"{images.left_out}.", file=sys.stderr)
    if exported := exported_model(arguments.recipe):
        print(f"{exported}: the same ensemble for onnxruntime (docs/export.md).", file=sys.stderr)
    names, ranked = classify_images(arguments.recipe, images, arguments.top, arguments.skip_unreadable)
    if output is None:
        print(to_table(names, ranked, arguments.min_probability))
        return
    write_output(output, to_csv(names, ranked, arguments.min_probability))
    if descriptor_of(output) is None:
        print(f"{output}: {len(names)} images")


def recipe_files(folder: Path) -> list[Path]:
    """List what a recipe is made of, and what its run has written: its predictions depend on them."""
    inside = (path for name in ("data", "models") for path in (folder / name).rglob("*") if path.is_file())
    return [folder / "params.yaml", folder / "dvc.yaml", folder / "dvc.lock", *inside]


def classify_images(
    folder: Path, images: "InputImages", top: int, skip_unreadable: bool = False
) -> tuple[list[str], Ranked]:
    """Return the images' names, and for each the `top` most probable classes.

    Raises UserError where the recipe has not been run, or an image cannot be read.

    Args:
        folder: of the recipe.
        images: what to classify.
        top: number of classes.
        skip_unreadable: name the images that cannot be read on stderr, and leave them out.
    """
    from letterpress.configuration.params import load_params

    channels = decode_images(images, load_params(folder / "params.yaml").image, skip_unreadable)
    from letterpress.serving.ensemble import load_ensemble  # TensorFlow's threads, after decoding's forks

    ensemble = load_ensemble(folder)
    ranking = ensemble.rank(ensemble.predict_prepared(channels, verbose=True), top)
    rows = zip(ranking.classes.tolist(), ranking.probabilities.tolist(), strict=True)
    return images.names, [list(zip(classes, values, strict=True)) for classes, values in rows]


def decode_images(images: "InputImages", config: "ImageConfig", skip_unreadable: bool) -> "np.ndarray":
    """Decode images to uint8 (channels, n, height, width); leave out, and name, those that cannot be read."""
    from letterpress.datasets.description import first_ten
    from letterpress.datasets.preprocess import UnreadableImagesError, preprocess_images
    from letterpress.datasets.raw import RawSplit

    try:
        return preprocess_images(RawSplit(images.names, None, images.names), images, config, "images")[0]
    except UnreadableImagesError as error:
        if not skip_unreadable:
            raise UserError(f"{str(error).removesuffix('.')}, or skip such images with --skip-unreadable.") from error
        images.drop(error.names)
        print(f"skipped {len(error.names)} images that cannot be read: {first_ten(error.names)}.", file=sys.stderr)
        return decode_images(images, config, skip_unreadable)


def to_csv(names: list[str], ranked: Ranked, min_probability: float | None = None) -> str:
    """Return a row per image: file,class,probability, then class_2,probability_2,… for further classes.

    With a least probability, `class` is empty below it, and a column `unsure`
    after `probability` has the class.
    """
    header = ["file", "class", "probability", *(["unsure"] if min_probability is not None else [])]
    for rank in range(2, len(ranked[0]) + 1):
        header += [f"class_{rank}", f"probability_{rank}"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for name, best in zip(names, ranked, strict=True):
        cells = [cell for label, value in best for cell in (label, f"{value:.6f}")]
        if min_probability is not None:
            label, unsure = ("", cells[0]) if best[0][1] < min_probability else (cells[0], "")
            cells[:2] = label, cells[1], unsure
        writer.writerow([on_one_line(name), *cells])
    return text.getvalue()


def to_table(names: list[str], ranked: Ranked, min_probability: float | None = None) -> str:
    """Return an aligned line per image; with a least probability, lines below it end in `unsure`."""
    names = [on_one_line(name) for name in names]
    width = max(map(len, names))
    label_width = max(len(label) for best in ranked for label, _ in best)
    return "\n".join(
        f"{name:<{width}}"
        + "".join(f"   {label:>{label_width}} {value:6.1%}" for label, value in best)
        + ("   unsure" if best[0][1] < (min_probability or 0) else "")
        for name, best in zip(names, ranked, strict=True)
    )

"""Write a recipe for images of your own, in a checkout of Letterpress.

letterpress new NAME --from FOLDER|ZIP|CSV
"""

import argparse
import errno
import io
import os
import re
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from letterpress.configuration.params import load_params
from letterpress.datasets.archive import Archive
from letterpress.datasets.description import first_ten
from letterpress.datasets.inspection import DatasetInfo, inspect_dataset
from letterpress.datasets.splits import least_fraction, make_holdout, make_member_split
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text
from letterpress.sources.fetch import check_zip
from letterpress.sources.local.fetch import copy_or_pack, is_utf8

TEMPLATE = "recipes/my-letters/params.yaml"
IMAGES_SEEN = 600_000  # by a member during training, each image in many epochs
MIN_EPOCHS, MAX_EPOCHS = 12, 120
MIN_FOR_HOLDOUT = 2000  # images; fewer are all trained on, and the accuracy is out of fold
MAX_VALIDATION = 0.35  # more would leave too few to train on, as one of two images a class
MIN_PER_CLASS = 10  # images; the user is told of classes with fewer
MIXED_INK = (0.1, 0.9)  # between these fractions of light ink, the images are of both polarities


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe's name and the data."""
    parser.add_argument("name", metavar="NAME", help="of the folder in recipes/: small letters, digits and -")
    parser.add_argument("--from", dest="path", type=Path, required=True, metavar="FOLDER|ZIP|CSV")


def run(arguments: argparse.Namespace) -> None:
    """Write the recipe; print what the data is, and what to run."""
    print(create_recipe(arguments.name, arguments.path.expanduser()))


def create_recipe(name: str, path: Path, root: Path = projects.ROOT) -> str:
    """Write recipes/NAME; return what was found in `path`, and what to run.

    All that the recipe's first stages do is tried. params.yaml is written last, so that a command that was
    killed can be run again. Raises UserError outside of a checkout, for an invalid name, an existing recipe,
    and data that no layout fits.
    """
    folder, template = root / "recipes" / name, root / TEMPLATE
    if not template.is_file():
        raise UserError(f"{root} is no checkout of Letterpress, which recipes need; clone it, and run `make setup`.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UserError(f"{name}: expected small letters and digits, and - between them, as in my-letters.")
    if name == "default":
        raise UserError("default: is the name of the recipe at the root; choose another name.")
    if (folder / "params.yaml").exists():
        raise UserError(f"recipes/{name} exists; choose another name, or remove it.")
    if not is_utf8(str(path)):
        raise UserError(f"{os.fsencode(path)}: is a name that is not UTF-8, which no params.yaml holds; rename it.")
    info = inspect_path(path)
    text = fill_template(template.read_text(encoding="utf-8"), name, path.resolve(), info)
    folder.mkdir(parents=True, exist_ok=True)
    projects.create_project(folder, root)
    write_text(folder / "params.yaml", text)
    try:
        _try(folder / "params.yaml", info.counts)
    except UserError:
        (folder / "params.yaml").unlink()
        raise
    return describe_recipe(name, info)


def inspect_path(path: Path) -> DatasetInfo:
    """Inspect a zip, or a folder or a CSV as the archive that it will be packed into.

    That archive has no name on the disk, so that nothing is left where the command is killed.
    """
    if not path.exists():
        raise UserError(f"{path}: cannot be read ({os.strerror(errno.ENOENT)}); name a folder, a zip or a CSV.")
    if path.is_file() and path.suffix.lower() != ".csv":
        if path.suffix.lower() != ".zip" and not zipfile.is_zipfile(path):
            raise UserError(f"{path}: expected a folder, a zip or a table of pixels (.csv); put images in folders.")
        info = inspect_dataset(Archive(path))
        check_zip(path, path.stem)
        return info
    with tempfile.TemporaryFile() as file:
        copy_or_pack(path, file)
        return inspect_dataset(Archive(path, file))


def _try(path: Path, counts: Counter) -> None:
    """Load the parameters and split the labels as the recipe's stages will; raise UserError where that fails."""
    params = load_params(path)
    labels = _labels(counts)
    usable, _ = make_holdout(labels, params.split.holdout, params.split.seed)
    for member in params.ensemble.members.values():
        make_member_split(labels, usable, params.split.validation, member.seed)


def _labels(counts: Counter) -> np.ndarray:
    """Return labels, int (n,), with as many of each class as there are."""
    return np.repeat(np.arange(len(counts)), list(counts.values()))


def choose_fractions(counts: Counter, holdout: float, validation: float) -> tuple[float, float]:
    """Return the fractions of hold-out and validation images that can be drawn, at least those given, or 0.

    There is no hold-out where images are few, and no validation where classes of two or three would lose one.
    """
    labels = _labels(counts)
    if len(labels) < MIN_FOR_HOLDOUT or holdout < least_fraction(labels):
        holdout = 0
    usable, _ = make_holdout(labels, holdout, seed=0)
    least = least_fraction(labels[usable])
    return holdout, max(validation, least) if 0 < least <= MAX_VALIDATION else 0


def fill_template(template: str, name: str, path: Path, info: DatasetInfo) -> str:
    """Return the template's text, comments kept, with values that fit the data."""
    editor = YAML()
    editor.preserve_quotes, editor.width = True, 10_000
    editor.indent(mapping=2, sequence=4, offset=2)
    editor.representer.add_representer(
        type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    params, images = editor.load(template), info.counts.total()
    params["dataset"] |= {"name": _as_yaml(name), "layout": info.layout, "path": _as_yaml(str(path))}
    if info.layout == "pixel-csv":  # their own size: enlarging adds nothing
        params["image"]["height"], params["image"]["width"] = info.side
    split = params["split"]
    split["holdout"], split["validation"] = choose_fractions(info.counts, split["holdout"], split["validation"])
    if MIXED_INK[0] < info.light_ink < MIXED_INK[1]:
        _accept_both_polarities(params)
    params["train"]["phases"][0]["epochs"] = choose_epochs(images)
    text = io.StringIO()
    editor.dump(params, text)
    return _replace_head(text.getvalue(), f"# {name}: {images:,} images of {len(info.counts)} classes.")


def _as_yaml(text: str) -> str:
    """Return a text that YAML reads as it is: in quotes, unless it is plain, and no word such as null or yes."""
    plain = re.fullmatch(r"[A-Za-z/][\w./-]*", text, re.ASCII) and yaml.safe_load(text) == text
    return text if plain else DoubleQuotedScalarString(text)


def _accept_both_polarities(params: CommentedMap) -> None:
    """Invert every other training image, and predict each image inverted, too."""
    params["aug"]["invert"] = 0.5
    if not any(view.get("invert") for view in params["predict"]["tta"]):
        inverted = CommentedMap(rotation=0, zoom=1, invert=True)
        inverted.fa.set_flow_style()
        params["predict"]["tta"].append(inverted)


def _replace_head(text: str, head: str) -> str:
    """Replace the template's first comments, but for the line that names the schema for editors."""
    comments, _, content = text.partition("\nbaseline:")
    schema = [line for line in comments.splitlines() if "$schema" in line]
    return "\n".join([*schema, head, "", f"baseline:{content}"])


def choose_epochs(images: int) -> int:
    """Return the number of epochs: more for fewer images."""
    return min(MAX_EPOCHS, max(MIN_EPOCHS, round(IMAGES_SEEN / images)))


def describe_recipe(name: str, info: DatasetInfo) -> str:
    """Return what the data is, which classes are rare, and the next command."""
    height, width = info.side
    lines = [
        f"{info.counts.total():,} labelled and {info.test_images:,} test images of {len(info.counts)} classes, "
        f"{min(info.counts.values()):,} to {max(info.counts.values()):,} each, about {width}x{height} pixels; "
        f"layout {info.layout}.",
    ]
    lines.extend(info.notes)
    lines.append(f"Classes: {first_ten(sorted(info.counts))}.")
    rare = sorted(label for label, count in info.counts.items() if count < MIN_PER_CLASS)
    if rare:
        lines.append(f"Classes with few images: {first_ten(rare)}.")
    if not any(choose_fractions(info.counts, 0.1, 0.1)):
        lines.append("Classes are too small for validation images: no accuracy will be measured.")
    lines.append(f"Adapt recipes/{name}/params.yaml if you like, and run it:\n  make repro RECIPE={name}")
    return "\n".join(lines)

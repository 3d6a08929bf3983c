"""Write a recipe for images of your own, in a checkout of Letterpress.

letterpress new NAME --from FOLDER|ZIP|CSV
"""

import argparse
import errno
import os
import re
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from letterpress.commands.recipe_values import (
    N_SYNTHETIC,
    choose_fractions,
    fill_template,
    is_few,
    make_labels,
    other_classes,
)
from letterpress.configuration.params import load_params
from letterpress.datasets.archive import Archive
from letterpress.datasets.description import first_ten
from letterpress.datasets.inspection import DatasetInfo, inspect_dataset
from letterpress.datasets.splits import make_holdout, make_member_split
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text
from letterpress.sources.fetch import check_zip
from letterpress.sources.local.fetch import copy_or_pack, is_utf8

TEMPLATE = "recipes/my-letters/params.yaml"
MIN_PER_CLASS = 10  # images; the user is told of classes with fewer


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
    labels = make_labels(counts)
    usable, _ = make_holdout(labels, params.split.holdout, params.split.seed)
    for member in params.ensemble.members.values():
        make_member_split(labels, usable, params.split.validation, member.seed)


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
    lines.extend(_describe_pretraining(info.counts))
    lines.append(f"Adapt recipes/{name}/params.yaml if you like, and run it:\n  make repro RECIPE={name}")
    return "\n".join(lines)


def _describe_pretraining(counts: Counter) -> list[str]:
    """Say, where images are few, whether the network is pre-trained."""
    if not is_few(counts):
        return []
    if others := other_classes(counts):
        return [
            "Few images a class, and no synthetic pre-training: it needs classes of one Latin letter or digit each, "
            f"unlike {first_ten(others)}."
        ]
    return [
        f"Few images a class: the network is pre-trained on {N_SYNTHETIC:,} synthetic images first; "
        "`make repro` installs their fonts."
    ]

"""Write a recipe for images of your own, in a checkout of Letterpress.

letterpress new NAME --from FOLDER|ZIP|CSV
"""

import argparse
import io
import re
import tempfile
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from letterpress.datasets.archive import Archive
from letterpress.datasets.inspection import DatasetInfo, inspect_dataset
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text
from letterpress.sources.local.fetch import copy_or_pack

TEMPLATE = "recipes/my-letters/params.yaml"
IMAGES_SEEN = 600_000  # by a member during training, each image in many epochs
MIN_EPOCHS, MAX_EPOCHS = 12, 120
MIN_FOR_HOLDOUT = 2000  # images; fewer are all trained on, and the accuracy is out of fold
MIN_PER_CLASS = 10  # images; the user is told of classes with fewer
MIXED_INK = (0.1, 0.9)  # between these fractions of light ink, the images are of both polarities


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe's name and the data."""
    parser.add_argument("name", metavar="NAME", help="of the folder in recipes/: small letters, digits and -")
    parser.add_argument("--from", dest="path", type=Path, required=True, metavar="FOLDER|ZIP|CSV")


def run(arguments: argparse.Namespace) -> None:
    """Write the recipe; print what the data is, and what to run."""
    print(create_recipe(arguments.name, arguments.path.expanduser().resolve()))


def create_recipe(name: str, path: Path, root: Path = projects.ROOT) -> str:
    """Write recipes/NAME; return what was found in `path`, and what to run.

    Raises UserError outside of a checkout, for an invalid name, an existing
    recipe, and data that no layout fits.
    """
    folder, template = root / "recipes" / name, root / TEMPLATE
    if not template.is_file():
        raise UserError(f"{root} is no checkout of Letterpress, which recipes need; clone it, and run `make setup`.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UserError(f"{name}: expected small letters and digits, and - between them, as in my-letters.")
    if folder.exists():
        raise UserError(f"recipes/{name} exists; choose another name, or remove it.")
    info = inspect_path(path)
    write_text(folder / "params.yaml", fill_in(template.read_text(encoding="utf-8"), name, path, info))
    projects.create_project(folder, root)
    return describe(name, info)


def inspect_path(path: Path) -> DatasetInfo:
    """Inspect a folder, a zip or a CSV as the archive that it will be packed into."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder, "data.zip")
        copy_or_pack(path, packed)
        archive = Archive(packed)
        archive.path = path  # for errors
        return inspect_dataset(archive)


def fill_in(template: str, name: str, path: Path, info: DatasetInfo) -> str:
    """Return the template's text, comments kept, with values that fit the data."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 200
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    params, images = yaml.load(template), info.counts.total()
    params["dataset"] |= {"name": name, "layout": info.layout, "path": str(path)}
    if info.layout == "pixel-csv":  # their own size: enlarging adds nothing
        params["image"]["height"], params["image"]["width"] = info.side
    if images < MIN_FOR_HOLDOUT:
        params["split"]["holdout"] = 0
    if MIXED_INK[0] < info.light_ink < MIXED_INK[1]:
        _accept_both_polarities(params)
    params["train"]["phases"][0]["epochs"] = epochs(images)
    text = io.StringIO()
    yaml.dump(params, text)
    return _replace_head(text.getvalue(), f"# {name}: {images:,} images of {len(info.counts)} classes.")


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


def epochs(images: int) -> int:
    """Return the number of epochs: more for fewer images."""
    return min(MAX_EPOCHS, max(MIN_EPOCHS, round(IMAGES_SEEN / images)))


def describe(name: str, info: DatasetInfo) -> str:
    """Return what the data is, which classes are rare, and the next command."""
    height, width = info.side
    lines = [
        f"{info.counts.total():,} labelled and {info.test_images:,} test images of {len(info.counts)} classes, "
        f"{min(info.counts.values()):,} to {max(info.counts.values()):,} each, about {width}x{height} pixels; "
        f"layout {info.layout}.",
    ]
    rare = sorted(label for label, count in info.counts.items() if count < MIN_PER_CLASS)
    if rare:
        lines.append(f"Classes with few images: {', '.join(rare[:10])}{' …' if len(rare) > 10 else ''}.")
    lines.append(f"Adapt recipes/{name}/params.yaml if you like, and run it:\n  make repro RECIPE={name}")
    return "\n".join(lines)

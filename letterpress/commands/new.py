"""Write a recipe for images of your own.

python -m letterpress.commands.new NAME --from FOLDER|ZIP|CSV
"""

import argparse
import io
import re
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from letterpress.datasets.archive import Archive
from letterpress.datasets.inspection import DatasetInfo, look
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text
from letterpress.sources.local.fetch import bring

TEMPLATE = recipes.ROOT / "recipes/my-letters/params.yaml"
SEEN = 600_000  # images that a member should see in all, over and over
EPOCHS = (12, 120)
SMALL = 2000  # images; fewer are all learned from, and judged out of fold
RARE = 10  # images; a class with fewer is pointed out


def main() -> None:
    """Look at what the command line names, write the recipe, and say what to do next."""
    parser = argparse.ArgumentParser(prog="python -m letterpress.commands.new", description=__doc__.splitlines()[0])
    parser.add_argument("name", metavar="NAME", help="of the folder in recipes/: letters, digits and -")
    parser.add_argument("--from", dest="path", type=Path, required=True, metavar="FOLDER|ZIP|CSV")
    arguments = parser.parse_args()
    try:
        print(create(arguments.name, arguments.path.expanduser().resolve()))
    except UserError as error:
        print(f"new: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"new: {error.filename}: {error.strerror}; make room for it, and try again.", file=sys.stderr)
        sys.exit(2)


def create(name: str, path: Path, root: Path = recipes.ROOT) -> str:
    """Write recipes/NAME and return what was found in `path`, and what to run.

    Raises UserError for a name that cannot be, a recipe that is there
    already, and data that no layout fits.
    """
    folder = root / "recipes" / name
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UserError(f"{name}: expected small letters and digits, and - between them, as in my-letters.")
    if folder.exists():
        raise UserError(f"recipes/{name} is there already; choose another name, or remove it.")
    with tempfile.TemporaryDirectory() as beside:
        packed = Path(beside, f"{name}.zip")
        bring(path, packed)
        archive = Archive(packed)
        archive.path = path  # what errors are to name
        guess = look(archive)
    write_text(folder / "params.yaml", fill_in(TEMPLATE.read_text(encoding="utf-8"), name, path, guess))
    write_text(folder / "dvc.yaml", recipes.copy_text((root / "dvc.yaml").read_text(encoding="utf-8"), name))
    return tell(name, guess)


def fill_in(template: str, name: str, path: Path, guess: DatasetInfo) -> str:
    """The template's text, its comments kept, with values that fit the data."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 200
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    params, images = yaml.load(template), guess.counts.total()
    params["dataset"] |= {"name": name, "layout": guess.layout, "path": str(path)}
    if guess.layout == "pixel-csv":  # as they are: enlarging adds nothing
        params["image"]["height"], params["image"]["width"] = guess.side
    if images < SMALL:
        params["split"]["holdout"] = 0
    if 0.1 < guess.light_ink < 0.9:
        params["aug"]["invert"] = 0.5
    params["train"]["phases"][0]["epochs"] = epochs(images)
    text = io.StringIO()
    yaml.dump(params, text)
    return f"# {name}: {images:,} images of {len(guess.counts)} classes.\n" + _without_head(text.getvalue())


def _without_head(text: str) -> str:
    """The template's own first lines speak of the template."""
    return text[text.index("\npublished:") :]


def epochs(images: int) -> int:
    """More for few images, within reason."""
    least, most = EPOCHS
    return min(most, max(least, round(SEEN / images)))


def tell(name: str, guess: DatasetInfo) -> str:
    """What was found, what is to be known of it, and the next command."""
    few, many = min(guess.counts.values()), max(guess.counts.values())
    height, width = guess.side
    lines = [
        f"{guess.counts.total():,} labelled and {guess.test_images:,} test images of {len(guess.counts)} classes, "
        f"{few:,} to {many:,} each, about {width}x{height} pixels; layout {guess.layout}.",
    ]
    rare = sorted(label for label, count in guess.counts.items() if count < RARE)
    if rare:
        lines.append(f"Few images to learn from: {', '.join(rare[:10])}{' …' if len(rare) > 10 else ''}.")
    lines.append(f"recipes/{name}/params.yaml is yours to change. Run it with\n  make repro RECIPE={name}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""The recipes: the root and every folder of recipes/. Each folder holds a copy of the one dvc.yaml.

    python -m letterpress.infrastructure.projects        write the copies (make recipes)

A link would be shorter, but DVC reads it from git as text, and then neither
`dvc metrics diff` nor `dvc exp show` works.
"""

from pathlib import Path

from letterpress.infrastructure.files import write_text

ROOT = Path(__file__).parents[2]
OF_ROOT = "vars:\n  - root: .\n  - recipe: default\n"
OF_COPY = "vars:\n  - root: ../..\n  - recipe: {name}\n"
COPY_NOTE = "# A copy of the root's dvc.yaml, written by `make recipes`: edit that one.\n\n"


def folders(root: Path = ROOT) -> list[Path]:
    """The root and every folder of recipes/ with a params.yaml."""
    return [root, *sorted(params.parent for params in root.glob("recipes/*/params.yaml"))]


def name_of(folder: Path, root: Path = ROOT) -> str:
    """What a recipe is called in tables: its folder's name, or `default` for the root."""
    return "default" if folder.resolve() == root.resolve() else folder.name


def copy_text(text: str, name: str) -> str:
    """A recipe's dvc.yaml, made from the root's: it knows where the root is, and its own name for plots."""
    if text.count(OF_ROOT) != 1:
        raise ValueError(f"dvc.yaml: expected {OF_ROOT!r} once, received it {text.count(OF_ROOT)} times.")
    return COPY_NOTE + text.replace(OF_ROOT, OF_COPY.format(name=name))


def main() -> None:
    """Write every recipe's copy."""
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    for folder in folders()[1:]:
        write_text(folder / "dvc.yaml", copy_text(text, folder.name))
        print(folder.relative_to(ROOT) / "dvc.yaml")


if __name__ == "__main__":
    main()

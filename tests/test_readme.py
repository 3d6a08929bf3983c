"""The README's tree has every file of the project, in the words of the file itself."""

import ast
import re
from pathlib import Path

from letterpress.commands import table
from tests.imports import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
WIDTH = 34
OTHERS = {
    "assets": "What the page is made of",
    "page.html": "Its template",
    "script.js": "Its charts and filters",
    "style.css": "Its looks",
}


def first_line(file: Path) -> str:
    if file.name in OTHERS:
        return OTHERS[file.name]
    if file.is_dir():
        file = file / "__init__.py"
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))).splitlines()[0].rstrip(".")


def tree(folder: Path, depth: int = 0) -> list[str]:
    """A line for the folder and each file in it, folders last."""
    lines = [f"{'  ' * depth + folder.name + '/':<{WIDTH}}{first_line(folder)}"]
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        if path.name in ("__init__.py", "__pycache__"):
            continue
        if path.is_dir():
            lines += tree(path, depth + 1)
        else:
            lines.append(f"{'  ' * (depth + 1) + path.name:<{WIDTH}}{first_line(path)}")
    return lines


def test_the_tree_has_every_file_with_its_first_line():
    expected = "\n".join([*tree(ROOT / "stages"), *tree(ROOT / "letterpress")])
    assert expected in README


def test_every_target_of_make_that_the_readme_names_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE)) <= targets


def test_every_recipe_that_the_readme_names_exists():
    named = set(re.findall(r"recipes/([a-z-]+)/", README)) | set(re.findall(r"RECIPE=([a-z-]+)", README))
    known = {path.parent.name for path in ROOT.glob("recipes/*/params.yaml")}
    assert named - {"my-letters", "my-signs"} <= known


def test_every_picture_that_the_readme_shows_exists():
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


def test_every_test_that_the_readme_names_exists():
    named = re.findall(r"`(test_\w+\.py)`", README)
    assert named
    assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []


def test_the_table_is_the_one_that_make_table_writes():
    """But for the last column: a commit cannot name itself."""
    written = README.partition(table.START)[2].partition(table.END)[0]
    assert without_commits(written) == without_commits(table.render())


def without_commits(text: str) -> list[str]:
    return [line.rsplit("|", 2)[0] if line.startswith("|") else line for line in text.splitlines()]

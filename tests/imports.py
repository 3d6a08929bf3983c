"""Which of the project's files a module imports, found in its text."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def closure(start: Path) -> set[str]:
    """Return the paths from the root of `start` and of all modules that it imports, directly or not.

    Packages' __init__.py hold a docstring only (a test sees to it) and are left out.
    """
    found, waiting = set(), [start]
    while waiting:
        file = waiting.pop()
        name = file.relative_to(ROOT).as_posix()
        if name in found:
            continue
        if file.name != "__init__.py":
            found.add(name)
        waiting += imported_files(file)
    return found


def imported_files(file: Path) -> list[Path]:
    """List the project's modules that a file imports itself, also inside functions."""
    return [path for module in _modules(file) if (path := _path(module)) is not None]


def _modules(file: Path) -> list[str]:
    modules = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module] + [f"{node.module}.{alias.name}" for alias in node.names]
    return modules


def _path(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None

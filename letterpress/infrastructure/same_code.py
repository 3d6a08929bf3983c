"""Compare the code that a recipe was measured with to the code now, by syntax trees.

Comments, docstrings and formatting change no result: what differs in nothing else is the same code. A renamed
function, a changed constant and an added file are not: their stages must run again.
"""

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from letterpress.infrastructure import git

CODE = ("letterpress", "stages")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

Files = dict[str, bytes]  # contents by path


@dataclass(frozen=True)
class ChangedCode:
    """A dependency on code whose hash in dvc.lock is not that of the code now."""

    stage: str
    path: str
    now: dict[str, str | int]  # as dvc.lock has it: md5, size and, of a folder, nfiles
    reasons: tuple[str, ...]  # why it is not the same code; none, if it is


def is_code(path: str) -> bool:
    """Say whether a dependency's path leads to code."""
    return path.partition("/")[0] in CODE


def changed_code(folder: Path, root: Path) -> list[ChangedCode]:
    """List a recipe's dependencies on code that have changed since the commit that last changed its dvc.lock."""
    commit = next(iter(git.commits_of(folder, "dvc.lock")), "")
    before = git.contents_at(commit, root) if commit else None
    now = git.contents_now(root, *CODE)
    lock = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))
    changed = []
    for stage, entry in lock["stages"].items():
        for dep in entry.get("deps", []):
            if is_code(dep["path"]) and (new := hash_of(dep["path"], now))["md5"] != dep["md5"]:
                changed.append(ChangedCode(stage, dep["path"], new, _reasons(dep, commit, before, now)))
    return changed


def _reasons(dep: dict, commit: str, before: Files | None, now: Files) -> tuple[str, ...]:
    """Say why a dependency cannot be taken for the code that was measured."""
    if before is None:
        return ("dvc.lock is not committed",)
    if hash_of(dep["path"], before)["md5"] != dep["md5"]:
        return (f"{dep['path']} in dvc.lock is not the code of {commit}, the commit that wrote it",)
    old, new = below(dep["path"], before), below(dep["path"], now)
    reasons = []
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            reasons.append(f"{path} is gone")
        elif path not in old:
            reasons.append(f"{path} is new")
        elif not is_same_code(old[path], new[path], path.endswith(".py")):
            reasons.append(f"{path} differs")
    return tuple(reasons)


def below(path: str, files: Files) -> Files:
    """Select the file at a path, or the files below it."""
    return {name: content for name, content in files.items() if name == path or name.startswith(f"{path}/")}


def hash_of(path: str, files: Files) -> dict[str, str | int]:
    """Hash a file or folder as DVC does for dvc.lock."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    if path in files:
        return {"md5": _md5(files[path]), "size": len(files[path])}
    tree, content = Tree(), below(path, files)
    for name, text in content.items():
        tree.add(tuple(name.removeprefix(f"{path}/").split("/")), None, HashInfo("md5", _md5(text)))
    tree.digest()
    return {"md5": tree.hash_info.value, "size": sum(map(len, content.values())), "nfiles": len(content)}


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@cache
def is_same_code(old: bytes, new: bytes, is_python: bool) -> bool:
    """Compare two files: Python by syntax trees without docstrings, anything else by bytes."""
    if old == new or not is_python:
        return old == new
    try:
        return _tree(old) == _tree(new)
    except (SyntaxError, ValueError):
        return False


@cache
def _tree(source: bytes) -> str:
    """Write out the syntax tree without docstrings; a file that reads __doc__ keeps them, since they are its data."""
    tree = ast.parse(source)
    if b"__doc__" not in source:
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
    return ast.dump(tree)

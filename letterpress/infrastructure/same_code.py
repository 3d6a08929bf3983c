"""Compare the code that a recipe was measured with to the code now, by syntax trees.

Comments, docstrings and formatting change no result: what differs in nothing else is the same code. A renamed
function, a changed constant and an added file are not: their stages must run again.
"""

import ast
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from letterpress.infrastructure import git

CODE = ("letterpress", "stages")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
READS_DOCS = re.compile(rb"__doc__|getdoc|get_docstring")

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
        deps = [dep for dep in entry.get("deps", []) if is_code(dep["path"])]
        documented = any(READS_DOCS.search(text) for dep in deps for text in files_below(dep["path"], now).values())
        for dep in deps:
            if (new := hash_of(dep["path"], now))["md5"] != dep["md5"]:
                reasons = _reasons(dep, commit, before, now, documented)
                changed.append(ChangedCode(stage, dep["path"], new, reasons))
    return changed


def _reasons(dep: dict, commit: str, before: Files | None, now: Files, documented: bool) -> tuple[str, ...]:
    """Say why a dependency cannot be taken for the code that was measured.

    Args:
        dep: as dvc.lock has it.
        commit: the one that last changed dvc.lock, or "".
        before: all files at that commit.
        now: the files of code as they are.
        documented: whether the stage's code reads docstrings.
    """
    if before is None:
        return ("dvc.lock is not committed",)
    if hash_of(dep["path"], before)["md5"] != dep["md5"]:
        return (f"{dep['path']} in dvc.lock is not the code of {commit}, the commit that wrote it",)
    old, new = files_below(dep["path"], before), files_below(dep["path"], now)
    reasons = []
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            reasons.append(f"{path} is gone")
        elif path not in old:
            reasons.append(f"{path} is new")
        elif not is_same_code(old[path], new[path], path.endswith(".py"), documented):
            reasons.append(f"{path} differs")
    return tuple(reasons)


def files_below(path: str, files: Files) -> Files:
    """Select the file at a path, or the files below it."""
    return {name: content for name, content in files.items() if name == path or name.startswith(f"{path}/")}


def hash_of(path: str, files: Files) -> dict[str, str | int]:
    """Hash a file or folder as DVC does for dvc.lock."""
    if path in files:
        return {"md5": _md5(files[path]), "size": len(files[path])}
    content = files_below(path, files)
    md5 = hash_of_folder(path, {name: _md5(text) for name, text in content.items()})
    return {"md5": md5, "size": sum(map(len, content.values())), "nfiles": len(content)}


def hash_of_folder(path: str, md5s: dict[str, str]) -> str:
    """Hash a folder as DVC does, from the hashes of all files in it by path."""
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    tree = Tree()
    for name, md5 in md5s.items():
        tree.add(tuple(name.removeprefix(f"{path}/").split("/")), None, HashInfo("md5", md5))
    tree.digest()
    return tree.hash_info.value


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@cache
def is_same_code(old: bytes, new: bytes, is_python: bool, documented: bool = False) -> bool:
    """Compare two files.

    Args:
        old, new: their contents.
        is_python: compare by syntax trees; anything else by bytes.
        documented: compare docstrings, too, since the code reads them.
    """
    if old == new or not is_python:
        return old == new
    try:
        return _tree(old, documented) == _tree(new, documented)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested too deeply
        return False


@cache
def _tree(source: bytes, documented: bool) -> str:
    """Write out the syntax tree, without docstrings unless code reads them."""
    tree = ast.parse(source)
    if not documented:
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
    return ast.dump(tree)

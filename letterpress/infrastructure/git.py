"""Commits, and files as they were at one: read from git."""

import subprocess
from pathlib import Path

from letterpress.infrastructure.errors import UserError


def resolve(base: str, root: Path) -> str:
    """The hash of the commit that a revision names; raises UserError where there is none."""
    try:
        return git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"the base {base} cannot be resolved; fetch it (a shallow clone needs `git fetch --unshallow`) "
            "or name another with BASE=."
        ) from error


def files_at(commit: str, root: Path, *folders: str) -> list[str]:
    """The paths, from the root, of the files that a commit has in these folders, or under these names."""
    return git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", *folders).split("\0")[:-1]  # -z: unquoted


def text_at(commit: str, path: str, root: Path) -> str | None:
    """A file's content at a commit, or None; `path` counts from the root."""
    try:
        return git(root, "show", f"{commit}:{path.removeprefix('./')}")
    except subprocess.CalledProcessError:
        return None


def relative(path: Path, root: Path) -> str:
    """A path from the root, as git writes it."""
    return path.resolve().relative_to(root.resolve()).as_posix()


def git(root: Path, *arguments: str) -> str:
    """What git prints; raises CalledProcessError where it fails."""
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout

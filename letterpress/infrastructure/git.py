"""Read commits, and files as they were at one; the project may be a folder of a larger repository."""

import io
import os
import subprocess
import tarfile
from pathlib import Path

from letterpress.infrastructure.errors import UserError

# Git sets these for its hooks, and takes the current folder for the top of the repository where they are set.
OF_HOOKS = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


def resolve_commit(base: str, root: Path) -> str:
    """Return the hash of the commit that a revision names; raise UserError if there is none."""
    try:
        return git(root, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}").strip()
    except subprocess.CalledProcessError as error:
        raise UserError(
            f"the base {base} cannot be resolved; fetch it (a shallow clone needs `git fetch --unshallow`) "
            "or name another with BASE=."
        ) from error


def head_commit(root: Path) -> str | None:
    """Return the hash of the current commit; None without git, a repository or a commit."""
    try:
        return git(root, "rev-parse", "HEAD").strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def paths_at(commit: str, root: Path, *paths: str) -> list[str]:
    """List the files that a commit has under these paths."""
    return git(root, "ls-tree", "-r", "-z", "--name-only", commit, "--", *paths).split("\0")[:-1]  # -z: unquoted


def text_at(commit: str, path: str, root: Path) -> str | None:
    """Return a file's content at a commit, or None if it is not there; raise UserError if it cannot be read."""
    if not paths_at(commit, root, path):
        return None
    try:
        return git(root, "show", f"{commit}:./{path}")
    except subprocess.CalledProcessError as error:
        raise UserError(f"{root / path} cannot be read at {commit[:7]}; fetch it (`git fetch --refetch`).") from error


def contents_at(commit: str, root: Path) -> dict[str, bytes]:
    """Return every file of `root` at a commit, by path."""
    archive = _output(root, "archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}


def contents_now(root: Path, *paths: str) -> dict[str, bytes]:
    """Return the files under these paths as they are on disk, those that git ignores left out."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *paths)
    return {path: (root / path).read_bytes() for path in listed.split("\0")[:-1] if (root / path).is_file()}


def uncommitted(root: Path, *paths: str) -> list[str]:
    """List what differs from the last commit under these paths (git's patterns), new files included."""
    lines = git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *paths)
    return [line[3:] for line in lines.split("\0")[:-1]]


def commits_of(folder: Path, path: str) -> list[str]:
    """List the short hashes of the commits that changed a file, the last one first; none if it differs from that."""
    return [] if uncommitted(folder, path) else git(folder, "log", "--format=%h", "--", path).split()


def git(root: Path, *arguments: str) -> str:
    """Return what git prints; raise CalledProcessError if it fails."""
    return _output(root, *arguments).decode("utf-8")


def _output(root: Path, *arguments: str) -> bytes:
    variables = {name: value for name, value in os.environ.items() if name not in OF_HOOKS}
    return subprocess.run(["git", *arguments], cwd=root, env=variables, capture_output=True, check=True).stdout

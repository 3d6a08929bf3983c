"""Tell files that operating systems and programs leave in folders from a user's own."""

from itertools import takewhile
from pathlib import PurePosixPath

LITTER = {
    "__macosx",
    "@eadir",
    "#recycle",
    "$recycle.bin",
    "system volume information",
    "lost+found",
    "__pycache__",
    "desktop.ini",
    "thumbs.db",
    "ehthumbs.db",
    "icon\r",
}


def is_litter(name: str) -> bool:
    """Return whether a file, or a folder that it is in, is hidden (.ipynb_checkpoints) or left by a program."""
    return any(map(_is_litter, PurePosixPath(name).parts))


def without_litter(name: str) -> str:
    """Return the folders of a file that come before any litter: a/b of a/b/.DS_Store."""
    return "/".join(takewhile(lambda part: not _is_litter(part), PurePosixPath(name).parts))


def _is_litter(part: str) -> bool:
    return (part.startswith(".") and part != "..") or part.lower() in LITTER

"""Tell files that operating systems and programs leave in folders from a user's own."""

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
    parts = [part for part in PurePosixPath(name).parts if part != ".."]
    return any(part.startswith(".") or part.lower() in LITTER for part in parts)

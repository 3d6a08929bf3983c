"""Tell images from other files by their extensions, and count the files that nothing reads."""

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from PIL import features

EXTENSIONS = {
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp"),
    *(".pbm", ".pgm", ".ppm", ".pnm"),
    *([".avif"] if features.check("avif") else []),
}
NOT_IMAGES = {
    *(".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".ini", ".cfg"),
    *(".html", ".htm", ".css", ".js", ".py", ".ipynb", ".m", ".sh", ".bat", ".log", ".xlsx", ".xls", ".ods", ".docx"),
    *(".sha256", ".md5", ".db", ".sqlite", ".lock", ".url", ".lnk"),
}
TEXTS = {"readme", "license", "licence", "notice", "copying", "authors", "changelog", "citation", "makefile"}


def extension(name: str) -> str:
    """Return a file's extension in small letters, "" where it has none."""
    return PurePosixPath(name).suffix.lower()


def is_text(name: str) -> bool:
    """Return whether a file is a table, a text or code, and no one's image."""
    return extension(name) in NOT_IMAGES or PurePosixPath(name).name.lower() in TEXTS


def describe_left_out(names: Iterable[str]) -> str | None:
    """Count files that are neither read nor text, as `10 files left out: .heic (10)`; None where there are none."""
    counts = Counter(extension(name) or "no extension" for name in names if not is_text(name))
    if not counts:
        return None
    total, kinds = counts.total(), ", ".join(f"{kind} ({count:,})" for kind, count in counts.most_common(10))
    return f"{total:,} file{'s' if total > 1 else ''} left out: {kinds}"

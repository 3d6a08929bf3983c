"""Sections of Markdown documents that a command writes."""

from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text


def replace_section(file: Path, start: str, content: str, end: str) -> None:
    """Replace the text between the markers `start` and `end`; raise UserError where one is missing.

    Args:
        file: the document, UTF-8.
        start, end: the markers, whole lines with their line ends; they stay.
        content: the new text between them.
    """
    text = file.read_text(encoding="utf-8")
    if start not in text or end not in text:
        raise UserError(f"{file.name}: expected the markers {start.strip()} and {end.strip()}; restore them.")
    before, _, rest = text.partition(start)
    write_text(file, f"{before}{start}{content}{end}{rest.partition(end)[2]}")

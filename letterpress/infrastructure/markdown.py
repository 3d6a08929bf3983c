"""Sections and tables of Markdown documents that a command writes."""

from collections.abc import Container, Iterable, Sequence
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


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Container[str] = ()) -> str:
    """Format a table in Markdown; the columns named in `right` are aligned there, and a | in a cell stays one."""
    from tabulate import tabulate

    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    align = ["right" if name in right else "left" for name in header]
    return tabulate(cells, header, tablefmt="pipe", disable_numparse=True, colalign=align)

"""Parts of a document that a command writes: what stands between two marks."""

from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_text


def put(file: Path, start: str, content: str, end: str) -> None:
    """Replace what stands between the marks; raises UserError where they are missing."""
    text = file.read_text(encoding="utf-8")
    if start not in text or end not in text:
        raise UserError(f"{file.name}: expected the marks {start.strip()} and {end.strip()}; put them back.")
    before, _, rest = text.partition(start)
    write_text(file, f"{before}{start}{content}{end}{rest.partition(end)[2]}")


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]], right: Container[str] = ()) -> str:
    """Format a table in Markdown; the columns named in `right` are aligned there, and a | in a cell stays one."""
    from tabulate import tabulate

    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    align = ["right" if name in right else "left" for name in header]
    return tabulate(cells, header, tablefmt="pipe", disable_numparse=True, colalign=align)

"""Parts of a document that a command writes: what stands between two marks."""

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

"""Find the table of labels in an archive, and which of its columns name the images and the classes."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from letterpress.datasets.archive import Archive, normalize
from letterpress.datasets.file_types import EXTENSIONS, extension, is_text
from letterpress.datasets.parts import part_of
from letterpress.datasets.raw import SAMPLE_NAMES, read_rows
from letterpress.infrastructure.errors import UserError

TABLE_NAMES = ("trainLabels.csv", "labels.csv")
OTHER_TABLES = {name.lower() for name in (*SAMPLE_NAMES, "testLabels.csv")}
ID_COLUMNS = (
    *("id", "image_id", "imageid", "image", "img", "file", "filename", "file_name", "path", "filepath", "file_path"),
    *("image_path", "image_name", "imagename", "image_file", "picture", "photo", "name"),
)
CLASS_COLUMNS = (
    *("class", "label", "labels", "target", "category", "class_name", "classname", "character", "char", "letter"),
    *("symbol", "digit", "text", "y"),
)


@dataclass(frozen=True)
class Columns:
    """The header of a table, and the indices of the columns that name the images and the classes."""

    header: list[str]
    id: int
    label: int


class FileIndex:
    """Image files by whatever a table may call them: with or without folders and extension."""

    def __init__(self, names: Iterable[str]) -> None:
        self._files: dict[str, list[str]] = {}
        for name in names:
            for spelling in _spellings(name):
                self._files.setdefault(spelling, []).append(name)

    def find(self, item: str) -> list[str]:
        """Return the files that `item` names; folders of another computer's that lead to them are left aside."""
        parts = [part for part in normalize(item).replace("\\", "/").split("/") if part not in ("", ".")]
        paths = ("/".join(parts[depth:]) for depth in range(len(parts)))
        return next((self._files[path] for path in paths if path in self._files), [])


def _spellings(name: str) -> set[str]:
    """Return a file's path and all ends of it, each with and without the extension."""
    path = PurePosixPath(name)
    ends = ["/".join(path.parts[depth:]) for depth in range(len(path.parts))]
    return {*ends, *(end.removesuffix(path.suffix) for end in ends)}


def files_of(archive: Archive, part: str) -> list[str]:
    """Return the images of the part `train` or `test`: those in its folders; where there is none, train has the rest.

    Images for validation are labelled, too: they count to `train`.
    """
    parts = {name: _part_of_file(name) for name in archive.names if not is_text(name)}
    if part == "test":
        return [name for name, of in parts.items() if of == "test"]
    if "train" in parts.values():
        return [name for name, of in parts.items() if of in ("train", "validation")]
    return [name for name, of in parts.items() if of != "test" and extension(name) in EXTENSIONS]


def _part_of_file(name: str) -> str | None:
    """Return the part that the innermost such folder or zip of a file stands for."""
    found = [part for folder in PurePosixPath(name).parts[:-1] if (part := part_of(folder))]
    return found[-1] if found else None


def find_columns(rows: list[list[str]], files: FileIndex) -> Columns | None:
    """Return the columns by the names that are usual, or None where none are."""
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    names = [name.replace(" ", "_").replace("-", "_") for name in header]
    ids = [names.index(name) for name in ID_COLUMNS if name in names]
    labels = [names.index(name) for name in CLASS_COLUMNS if name in names]
    if len(header) == 2 and ids and not labels:
        labels = [1 - ids[0]]
    if not ids or not labels:
        return None
    body = [row for row in rows[1:21] if len(row) == len(header)]
    ids.sort(key=lambda column: -sum(bool(files.find(row[column].strip())) for row in body))  # id, and filename
    return Columns(header, ids[0], next((label for label in labels if label != ids[0]), labels[0]))


def find_table(archive: Archive) -> str | None:
    """Return the table of labels: one of TABLE_NAMES, or else the one whose rows name the labelled images."""
    if (name := archive.find_file(*TABLE_NAMES)) is not None:
        return name
    tables = tables_of(archive)
    files = files_of(archive, "train") if tables else []
    index, one_folder = FileIndex(files), len({str(PurePosixPath(file).parent) for file in files}) == 1
    named = {table: _named(archive, table, index) for table in tables}
    found = [table for table in tables if named[table] and (one_folder or named[table] == set(files))]
    if len(found) > 1:
        raise UserError(f"{archive.path}: expected one table of labels, found {', '.join(sorted(found))}; keep one.")
    return found[0] if found else None


def tables_of(archive: Archive) -> list[str]:
    """Return the CSVs that may be the table of labels."""
    base_names = {name: PurePosixPath(name) for name in archive.names if extension(name) == ".csv"}
    return [
        name
        for name, path in base_names.items()
        if path.name.lower() not in OTHER_TABLES and part_of(path.stem) != "test"
    ]


def _named(archive: Archive, table: str, files: FileIndex) -> set[str]:
    """Return the files that a table's rows name; none where it is no table of labels."""
    try:
        rows = read_rows(archive, table, archive.read(table))
    except UserError:  # some other table, which nobody asked to read
        return set()
    columns = find_columns(rows, files)
    if columns is None:
        return set()
    cells = [row[columns.id].strip() for row in rows[1:] if len(row) > columns.id]
    return {file for cell in cells for file in files.find(cell)}

"""The layout of First Steps With Julia: a table of labels, and a file for each image.

trainLabels.csv        ID,Class
train/1.Bmp …          in the archive or in train.zip inside it
test/6284.Bmp …        likewise; may be missing
sampleSubmission.csv   may be missing
testLabels.csv         only where the test labels are known, as for synthetic images
"""

import unicodedata
from pathlib import PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.raw import (
    RawDataset,
    RawSplit,
    duplicates,
    files_by_stem,
    order_by_sample,
    raise_if_any,
    read_rows,
    read_sample,
)
from letterpress.infrastructure.errors import UserError

TABLE_NAMES = ("trainLabels.csv", "labels.csv")


def read_labels_csv(archive: Archive) -> RawDataset:
    """Match every row of the table with its image; raise UserError where that fails."""
    table = archive.find_file(*TABLE_NAMES)
    if table is None:
        raise UserError(f"{archive.path}: expected {' or '.join(TABLE_NAMES)} inside, found neither.")
    files = _files_by_id(archive, "train")
    labels = _read_labels(archive, table, files)
    sample = read_sample(archive)
    labelled = RawSplit(list(labels), list(labels.values()), [files[i] for i in labels])
    return RawDataset(labelled, _read_test(archive, sample), sample)


def _read_test(archive: Archive, sample: bytes | None) -> RawSplit:
    files = _files_by_id(archive, "test")
    ids = order_by_sample(archive, sample, sorted(files, key=_natural_order))
    table = archive.find_file("testLabels.csv")
    known = None if table is None else _read_labels(archive, table, files)
    return RawSplit(ids, None if known is None else [known[i] for i in ids], [files[i] for i in ids])


def _read_labels(archive: Archive, table: str, files: dict[str, str]) -> dict[str, str]:
    """Read the labels by id; raise UserError where ids and files differ."""
    rows = _read_table(archive, table)
    raise_if_any(
        f"{archive.path}: {table}: row {{row}} has the id {{item}}, which has no image",
        [(row, item) for item, (row, _) in rows.items() if item not in files],
    )
    raise_if_any(
        f"{archive.path}: {{item}} has no row in {table}",
        [(0, name) for item, name in files.items() if item not in rows],
    )
    return {item: label for item, (_, label) in rows.items()}


def _read_table(archive: Archive, name: str) -> dict[str, tuple[int, str]]:
    """Read row numbers and labels by id from a CSV with the header ID,Class; both stay the text they are."""
    rows = read_rows(archive, name, archive.read(name))
    header = [column.strip().lower() for column in rows[0]] if rows else []
    if len(header) != 2 or header[0] != "id":
        raise UserError(f"{archive.path}: {name}: expected the header ID,Class, received {','.join(header)[:80]!r}.")
    source = f"{archive.path}: {name}: row {{row}}"
    body = [(row, cells) for row, cells in enumerate(rows[1:], 2) if cells]
    raise_if_any(source + " expected two cells, received {item}", [(r, str(c)[:80]) for r, c in body if len(c) != 2])
    body = [(row, cells[0].strip(), cells[1].strip()) for row, cells in body]
    broken = [(row, repr(cell[:40])) for row, *cells in body for cell in cells if _has_control(cell)]
    raise_if_any(source + " has a line break or another control character in {item}", broken)
    raise_if_any(source + " has no id", [(row, label) for row, item, label in body if not item])
    raise_if_any(source + " has no class for the id {item}", [(row, item) for row, item, label in body if not label])
    raise_if_any(source + " repeats the id {item}", duplicates((row, item) for row, item, _ in body))
    return {item: (row, label) for row, item, label in body}


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)


def _files_by_id(archive: Archive, folder: str) -> dict[str, str]:
    """Map ids to the files under a folder or inner zip of that name."""
    return files_by_stem(archive, [name for name in archive.names if folder in _folders(name)])


def _folders(name: str) -> set[str]:
    """Return the folders and zips that a file is in: train.zip/train/1.Bmp is in `train`."""
    return {PurePosixPath(part).stem.lower() for part in PurePosixPath(name).parts[:-1]}


def _natural_order(item: str) -> tuple[int, int, str]:
    """Sort numbers by value, before names."""
    return (0, int(item), "") if item.isdecimal() else (1, 0, item)

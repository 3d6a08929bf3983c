"""A data set as its archive has it: ids, labels and files, the same for every layout."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from letterpress.datasets.archive import Archive, normalize
from letterpress.infrastructure.errors import UserError

SEPARATORS = ",;\t"  # spreadsheets of many languages write semicolons
SAMPLE_NAMES = ("sampleSubmission.csv", "sample_submission.csv")


@dataclass(frozen=True)
class RawSplit:
    """The labelled or the test images of a data set.

    `labels` is None where they are unknown. `files_or_pixels` holds the names
    of image files in the archive, or the pixels, uint8 (n, height, width).
    """

    ids: list[str]
    labels: list[str] | None
    files_or_pixels: list[str] | np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class RawDataset:
    """Labelled images, test images (perhaps none) and the competition's sample submission, if any.

    `notes` say what was taken for what, a sentence each.
    """

    labelled: RawSplit
    test: RawSplit
    sample_submission: bytes | None
    notes: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """Return the names of all image files."""
        splits = [self.labelled.files_or_pixels, self.test.files_or_pixels]
        return [name for split in splits if not isinstance(split, np.ndarray) for name in split]


def read_sample(archive: Archive) -> bytes | None:
    """Read the untouched sample submission, or return None where the archive has none."""
    name = archive.find_file(*SAMPLE_NAMES)
    return None if name is None else archive.read(name)


def order_by_sample(archive: Archive, sample: bytes | None, ids: Sequence[str]) -> dict[str, str]:
    """Map test ids, as the sample submission spells them and in its order, to those of `ids`.

    Without a sample each is mapped to itself. Raises UserError where the sample lists other ids.
    """
    if sample is None:
        return {item: item for item in ids}
    name = archive.find_file(*SAMPLE_NAMES)
    header, *body = read_rows(archive, name, sample) or [[]]
    if len(header) != 2:
        raise UserError(
            f"{archive.path}: {name}: expected a header of two columns, received {','.join(header)[:40]!r}."
        )
    known = {item: item for item in ids}
    spelled = [(row, cells[0], normalize(cells[0])) for row, cells in enumerate(body, 2) if cells]
    rows = [(row, text, item if item in known else PurePosixPath(item).stem) for row, text, item in spelled]
    raise_if_any(
        f"{archive.path}: {name}: row {{row}} repeats the id {{item}}",
        duplicates((row, item) for row, _, item in rows),
    )
    listed = {item for _, _, item in rows}
    raise_if_any(
        f"{archive.path}: {name}: row {{row}} has the id {{item}}, which has no test image",
        [(row, text) for row, text, item in rows if item not in known],
    )
    raise_if_any(
        f"{archive.path}: the test image {{item}} is not in {name}",
        [(0, item) for item in ids if item not in listed],
    )
    return {text: item for _, text, item in rows}


def read_rows(archive: Archive, name: str, content: bytes) -> list[list[str]]:
    """Parse a CSV to rows of cells, whatever its line ends, with or without a byte order mark.

    Cells are separated by the first of comma, semicolon and tab that the first line has.
    """
    try:
        text = content.decode("utf-8-sig")
        header = (text.splitlines() or [""])[0]
        delimiter = next((separator for separator in SEPARATORS if separator in header), ",")
        return list(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter))
    except UnicodeDecodeError as error:
        raise UserError(f"{archive.path}: {name} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except csv.Error as error:
        raise UserError(f"{archive.path}: {name}: is not a regular CSV ({error}); correct it.") from error


def files_by_stem(archive: Archive, names: Sequence[str]) -> dict[str, str]:
    """Map each file's base name without its extension to the file; raise UserError where two are equal."""
    return files_by_id(archive, {name: PurePosixPath(name).stem for name in names})


def files_by_id(archive: Archive, ids: Mapping[str, str]) -> dict[str, str]:
    """Map ids to their files, given the id of each file; raise UserError where two are equal."""
    files: dict[str, str] = {}
    for name, item in ids.items():
        if item in files:
            raise UserError(f"{archive.path}: {files[item]} and {name} have the same id; remove one.")
        files[item] = name
    return files


def duplicates(rows: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Return the rows (number, item) whose item an earlier row has."""
    seen: set[str] = set()
    repeated = []
    for row, item in rows:
        if item in seen:
            repeated.append((row, item))
        seen.add(item)
    return repeated


def raise_if_any(message: str, rows: Sequence[tuple[int, str]]) -> None:
    """Raise UserError for the first of the rows (number, item), with their count, if there are any.

    {row} and {item} in the message stand for the first row's number and item.
    """
    if rows:
        row, item = rows[0]
        count = "" if len(rows) == 1 else f", and {len(rows) - 1} more like it"
        text = message.replace("{row}", str(row)).replace("{item}", item)  # a file's name may hold braces, too
        raise UserError(f"{text}{count} ({len(rows)} in all); correct the archive.")

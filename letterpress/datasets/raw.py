"""What a reader finds in an archive, the same for every layout."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from letterpress.datasets.archive import Archive
from letterpress.infrastructure.errors import UserError

SAMPLE_NAMES = ("sampleSubmission.csv", "sample_submission.csv")


@dataclass(frozen=True)
class Part:
    """Images that belong together: the labelled ones, or the test images.

    `pictures` names encoded files of the archive, or is the pixels themselves,
    uint8 (n, height, width). `labels` is None where they are unknown.
    """

    ids: list[str]
    labels: list[str] | None
    pictures: list[str] | np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Raw:
    """An archive's labelled images, its test images (maybe none) and its submission's template."""

    train: Part
    test: Part
    sample_submission: bytes | None


def read_sample(archive: Archive) -> bytes | None:
    """The untouched sample submission, if the archive has one."""
    name = archive.find(*SAMPLE_NAMES)
    return None if name is None else archive.read(name)


def check_sample(archive: Archive, sample: bytes | None, ids: Sequence[str]) -> list[str]:
    """The test ids in the order of the sample submission, which must hold exactly them."""
    if sample is None:
        return list(ids)
    name = archive.find(*SAMPLE_NAMES)
    header, *body = read_rows(archive, name, sample) or [[]]
    if len(header) != 2:
        raise UserError(
            f"{archive.path}: {name}: expected a header of two columns, received {','.join(header)[:40]!r}."
        )
    rows = [(row, cells[0]) for row, cells in enumerate(body, 2) if cells]
    raise_if_any(f"{archive.path}: {name}: row {{row}} repeats the id {{item}}", duplicates(rows))
    known, listed = set(ids), {item for _, item in rows}
    raise_if_any(
        f"{archive.path}: {name}: row {{row}} has the id {{item}}, which has no test image",
        [(row, item) for row, item in rows if item not in known],
    )
    raise_if_any(
        f"{archive.path}: the test image {{item}} is not in {name}",
        [(0, item) for item in ids if item not in listed],
    )
    return [item for _, item in rows]


def read_rows(archive: Archive, name: str, content: bytes) -> list[list[str]]:
    """A table's rows of cells, whatever its line ends, with or without a byte order mark."""
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=None)))
    except UnicodeDecodeError as error:
        raise UserError(f"{archive.path}: {name} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except csv.Error as error:
        raise UserError(f"{archive.path}: {name}: is not a regular CSV ({error}).") from error


def files_by_stem(archive: Archive, names: Sequence[str]) -> dict[str, str]:
    """Files by the part of their name before the ending, which must tell them apart."""
    files: dict[str, str] = {}
    for name in names:
        stem = PurePosixPath(name).stem
        if stem in files:
            raise UserError(f"{archive.path}: {files[stem]} and {name} have the same id; remove one.")
        files[stem] = name
    return files


def duplicates(rows: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Every later occurrence of an item, among rows of a number and an item."""
    seen: set[str] = set()
    repeated = []
    for row, item in rows:
        if item in seen:
            repeated.append((row, item))
        seen.add(item)
    return repeated


def raise_if_any(message: str, found: Sequence[tuple[int, str]]) -> None:
    """Raise UserError for the first of the rows `found`, saying how many there are.

    {row} and {item} in the message stand for them.
    """
    if found:
        row, item = found[0]
        count = "" if len(found) == 1 else f", and {len(found) - 1} more like it"
        text = message.replace("{row}", str(row)).replace("{item}", item)  # a file's name may hold braces, too
        raise UserError(f"{text}{count} ({len(found)} in all); mend the archive.")

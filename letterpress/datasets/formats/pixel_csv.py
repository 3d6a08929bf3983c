"""The layout of Digit Recognizer: a row for each image, a column for each pixel.

train.csv               label,pixel0,pixel1, … (a square image, row by row)
test.csv                pixel0,pixel1, …; may be missing
sample_submission.csv   may be missing
"""

import io
import math
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from letterpress.datasets.archive import Archive, has_control, normalize
from letterpress.datasets.raw import RawDataset, RawSplit, order_by_sample, raise_if_any, read_sample
from letterpress.infrastructure.errors import UserError


def read_pixel_csv(archive: Archive) -> RawDataset:
    """Read both tables in parallel, since pandas parses without the GIL.

    Raises UserError for a wrong header, width or pixel value.
    """
    with warnings.catch_warnings(), ThreadPoolExecutor(1) as other:
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
        test = other.submit(_read_test, archive)
        labelled = _read_labelled(archive)
    sample = read_sample(archive)
    return RawDataset(labelled, _test_split(archive, test.result(), sample, labelled.files_or_pixels), sample)


def _read_labelled(archive: Archive) -> RawSplit:
    name = archive.find_file("train.csv")
    if name is None:
        raise UserError(f"{archive.path}: expected train.csv inside, found none.")
    table = _read_table(archive, name)
    first = next(iter(table.columns), "")
    if first != "label":
        raise UserError(f"{archive.path}: {name}: expected the column label first, received {first!r}.")
    labels = table.pop("label")
    missing = np.flatnonzero(labels == "")
    raise_if_any(f"{archive.path}: {name}: row {{row}} has no label", [(int(row) + 2, "") for row in missing])
    broken = [(row, repr(label[:40])) for row, label in enumerate(labels, 2) if has_control(label)]
    raise_if_any(
        f"{archive.path}: {name}: row {{row}} has a line break or another control character in {{item}}", broken
    )
    images = _images(archive, name, table)
    return RawSplit([str(i) for i in range(1, len(images) + 1)], [normalize(label) for label in labels], images)


def _read_test(archive: Archive) -> np.ndarray | None:
    name = archive.find_file("test.csv")
    return None if name is None else _images(archive, name, _read_table(archive, name))


def _test_split(archive: Archive, images: np.ndarray | None, sample: bytes | None, labelled: np.ndarray) -> RawSplit:
    """Return the test images in the order of the sample submission, of the labelled images' size."""
    if images is None:
        images = labelled[:0]
    if images.shape[1:] != labelled.shape[1:]:
        name = archive.find_file("test.csv")
        raise UserError(
            f"{archive.path}: {name}: expected images of {labelled.shape[1:]} pixels as in train.csv, "
            f"received {images.shape[1:]}."
        )
    ids = [str(i) for i in range(1, len(images) + 1)]
    listed = order_by_sample(archive, sample, ids)
    return RawSplit(list(listed), None, images[[int(i) - 1 for i in listed.values()]])


def _read_table(archive: Archive, name: str) -> pd.DataFrame:
    """Parse a table; labels stay the text they are, since a class may be called NA."""
    content = io.BytesIO(archive.read(name))
    try:
        return pd.read_csv(content, index_col=False, dtype={"label": str}, na_filter=False, skip_blank_lines=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        reason = str(error).strip()
        raise UserError(f"{archive.path}: {name}: is not a regular CSV ({reason}); correct the archive.") from error


def _images(archive: Archive, name: str, table: pd.DataFrame) -> np.ndarray:
    """Check header and values, and reshape the rows to squares, uint8 (n, side, side)."""
    side = math.isqrt(table.shape[1])
    if side * side != table.shape[1] or side == 0:
        raise UserError(f"{archive.path}: {name}: expected a square number of pixels, received {table.shape[1]}.")
    other = [(0, column) for i, column in enumerate(table.columns) if column != f"pixel{i}"]
    raise_if_any(f"{archive.path}: {name}: expected the columns pixel0, pixel1 …, received {{item}}", other)
    values = table.to_numpy()
    bad = np.zeros(values.shape, bool)
    if values.dtype.kind not in "iu":
        values = np.nan_to_num(table.apply(pd.to_numeric, errors="coerce").to_numpy(float), nan=-1)
        bad = values != np.floor(values)
    bad |= (values < 0) | (values > 255)
    raise_if_any(
        f"{archive.path}: {name}: row {{row}}: expected whole values from 0 to 255, received {{item}}",
        [(int(row) + 2, _cell(table, row, bad[row].argmax())) for row in np.flatnonzero(bad.any(axis=1))],
    )
    return values.astype(np.uint8).reshape(-1, side, side)


def _cell(table: pd.DataFrame, row: int, column: int) -> str:
    return f"{str(table.iat[row, column])!r} in pixel{column}"

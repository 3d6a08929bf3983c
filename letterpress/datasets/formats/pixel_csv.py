"""The layout of Digit Recognizer: a row an image, a column a pixel.

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

from letterpress.datasets.archive import Archive
from letterpress.datasets.raw import Part, Raw, check_sample, raise_if_any, read_sample
from letterpress.infrastructure.errors import UserError


def read(archive: Archive) -> Raw:
    """Read both tables at once, since pandas parses without Python's lock.

    Raises UserError for a wrong header, width or pixel value.
    """
    with warnings.catch_warnings(), ThreadPoolExecutor(1) as other:
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the header
        unlabelled = other.submit(_read_unlabelled, archive)
        train = _read_labelled(archive)
    sample = read_sample(archive)
    return Raw(train, _ordered(archive, unlabelled.result(), sample, train.pictures.shape[1:]), sample)


def _read_labelled(archive: Archive) -> Part:
    name = archive.find("train.csv")
    if name is None:
        raise UserError(f"{archive.path}: expected train.csv inside, found none.")
    table = _read_table(archive, name)
    first = next(iter(table.columns), "")
    if first != "label":
        raise UserError(f"{archive.path}: {name}: expected the column label first, received {first!r}.")
    labels = table.pop("label")
    without = np.flatnonzero(labels == "")
    raise_if_any(f"{archive.path}: {name}: row {{row}} has no label", [(int(r) + 2, "") for r in without])
    images = _images(archive, name, table)
    return Part([str(i) for i in range(1, len(images) + 1)], labels.tolist(), images)


def _read_unlabelled(archive: Archive) -> np.ndarray | None:
    name = archive.find("test.csv")
    return None if name is None else _images(archive, name, _read_table(archive, name))


def _ordered(archive: Archive, images: np.ndarray | None, sample: bytes | None, shape: tuple[int, int]) -> Part:
    """The test images as the sample submission lists them."""
    if images is None:
        images = np.empty((0, *shape), np.uint8)
    if images.shape[1:] != shape:
        name = archive.find("test.csv")
        raise UserError(f"{archive.path}: {name}: expected images of {shape}, received {images.shape[1:]}.")
    ids = [str(i) for i in range(1, len(images) + 1)]
    order = [int(i) - 1 for i in check_sample(archive, sample, ids)]
    return Part([ids[i] for i in order], None, images[order])


def _read_table(archive: Archive, name: str) -> pd.DataFrame:
    """The table, its labels as the texts they are: a class may be called NA."""
    content = io.BytesIO(archive.read(name))
    try:
        return pd.read_csv(content, index_col=False, dtype={"label": str}, na_filter=False, skip_blank_lines=False)
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        reason = str(error).strip()
        raise UserError(f"{archive.path}: {name}: is not a regular CSV ({reason}); mend the archive.") from error


def _images(archive: Archive, name: str, table: pd.DataFrame) -> np.ndarray:
    """Check header and values, and shape the rows into squares, uint8 (n, side, side)."""
    side = math.isqrt(table.shape[1])
    if side * side != table.shape[1] or side == 0:
        raise UserError(f"{archive.path}: {name}: expected a square number of pixels, received {table.shape[1]}.")
    wrong = [(0, column) for i, column in enumerate(table.columns) if column != f"pixel{i}"]
    raise_if_any(f"{archive.path}: {name}: expected the columns pixel0, pixel1 …, received {{item}}", wrong)
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

"""Image files, and a table of labels that names them, as in First Steps With Julia.

trainLabels.csv        ID,Class
train/1.Bmp …          in the archive or in train.zip inside it
test/6284.Bmp …        likewise; may be missing
sampleSubmission.csv   may be missing
testLabels.csv         only where the test labels are known, as for synthetic images

The table may have another name and other usual columns, such as image,label. It may name images with or without
their folders and extensions. Images may be in other folders than train; then all but the test images are labelled.
"""

from letterpress.datasets.archive import Archive, has_control, normalize
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
from letterpress.datasets.table_columns import TABLE_NAMES, Columns, FileIndex, files_of, find_columns, find_table
from letterpress.infrastructure.errors import UserError

Labels = dict[str, tuple[str, str]]  # the file and the class of each id


def read_labels_csv(archive: Archive) -> RawDataset:
    """Match every row of the table with its image; raise UserError where that fails."""
    table = find_table(archive)
    if table is None:
        raise UserError(f"{archive.path}: expected {' or '.join(TABLE_NAMES)} inside, found neither.")
    labels, columns = _read_labels(archive, table, files_of(archive, "train"))
    sample = read_sample(archive)
    files, classes = [file for file, _ in labels.values()], [label for _, label in labels.values()]
    return RawDataset(
        RawSplit(list(labels), classes, files), _read_test(archive, sample), sample, (_describe(table, columns),)
    )


def _describe(table: str, columns: Columns) -> str:
    """Return a sentence that says which columns were taken for what."""
    used = (columns.id, columns.label)
    others = [name for i, name in enumerate(columns.header) if i not in used]
    unused = f"; not used: {', '.join(others)}" if others else ""
    names = [columns.header[i] for i in used]
    return f"{table}: the column {names[0]} names the images, {names[1]} the classes{unused}."


def _read_test(archive: Archive, sample: bytes | None) -> RawSplit:
    names = files_of(archive, "test")
    files = files_by_stem(archive, names)
    listed = order_by_sample(archive, sample, sorted(files, key=_natural_order))
    chosen = [files[item] for item in listed.values()]
    table = archive.find_file("testLabels.csv")
    if table is None:
        return RawSplit(list(listed), None, chosen)
    known = dict(_read_labels(archive, table, names)[0].values())
    return RawSplit(list(listed), [known[file] for file in chosen], chosen)


def _read_labels(archive: Archive, table: str, names: list[str]) -> tuple[Labels, Columns]:
    """Read files and labels by id; raise UserError where ids and files differ."""
    index = FileIndex(names)
    rows, columns = _read_table(archive, table, index)
    found = {item: index.find(item) for item in rows}
    raise_if_any(
        f"{archive.path}: {table}: row {{row}} has the id {{item}}, which has no image",
        [(row, item) for item, (row, _) in rows.items() if not found[item]],
    )
    for files in found.values():
        if len(files) > 1:
            raise UserError(f"{archive.path}: {files[0]} and {files[1]} have the same id; remove one.")
    labels = {item: (found[item][0], label) for item, (_, label) in rows.items()}
    raise_if_any(
        f"{archive.path}: {table}: row {{row}} repeats the image {{item}}",
        duplicates((row, found[item][0]) for item, (row, _) in rows.items()),
    )
    named = {file for file, _ in labels.values()}
    raise_if_any(
        f"{archive.path}: {{item}} has no row in {table}", [(0, name) for name in names if name not in named]
    )
    return labels, columns


def _read_table(archive: Archive, name: str, files: FileIndex) -> tuple[dict[str, tuple[int, str]], Columns]:
    """Read row numbers and labels by id; both stay the text they are, but for composed accents."""
    rows = read_rows(archive, name, archive.read(name))
    columns = find_columns(rows, files)
    if columns is None:
        received = ",".join(cell.strip().lower() for cell in rows[0])[:80] if rows else ""
        raise UserError(f"{archive.path}: {name}: expected the header ID,Class, received {received!r}.")
    source, width = f"{archive.path}: {name}: row {{row}}", len(columns.header)
    body = [(row, cells) for row, cells in enumerate(rows[1:], 2) if cells]
    expected = f"{'two' if width == 2 else width} cells"
    raise_if_any(
        f"{source} expected {expected}, received {{item}}", [(r, str(c)[:80]) for r, c in body if len(c) != width]
    )
    body = [(row, *(normalize(cells[i].strip()) for i in (columns.id, columns.label))) for row, cells in body]
    broken = [(row, repr(cell[:40])) for row, *cells in body for cell in cells if has_control(cell)]
    raise_if_any(source + " has a line break or another control character in {item}", broken)
    raise_if_any(source + " has no id", [(row, label) for row, item, label in body if not item])
    raise_if_any(source + " has no class for the id {item}", [(row, item) for row, item, label in body if not label])
    raise_if_any(source + " repeats the id {item}", duplicates((row, item) for row, item, _ in body))
    return {item: (row, label) for row, item, label in body}, columns


def _natural_order(item: str) -> tuple[int, int, str]:
    """Sort numbers by value, before names."""
    return (0, int(item), "") if item.isdecimal() else (1, 0, item)

"""A folder for each class, as in the Nepali Handwritten Character Dataset.

    <class>/<image>                   or deeper: <group>/<class>/<image> is the class <group>/<class>
    train/<class>/… and test/<image>  where there are unlabelled images as well
    train/<class>/… and test/<class>/<image>  where the test images have labels
    train/<class>/… and val/<class>/<image>   both are labelled; members draw their own validation images

The folders train, val and test may have other names that are usual (parts.py), and may be inside the classes'.
Folders that all images have in common are not part of a class's name. Files
without an image's extension are ignored.
"""

from collections import Counter
from pathlib import PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.file_types import EXTENSIONS, describe_left_out, extension
from letterpress.datasets.parts import part_of
from letterpress.datasets.raw import RawDataset, RawSplit, files_by_id, files_by_stem, order_by_sample, read_sample
from letterpress.infrastructure.errors import UserError

Paths = dict[str, tuple[str, ...]]  # the parts of a file's path below the common folders, by its full name


def read_class_folders(archive: Archive) -> RawDataset:
    """Label every image with its folder; raise UserError where it has none."""
    parts = {n: PurePosixPath(n).parts for n in archive.names if extension(n) in EXTENSIONS}
    if not parts:
        raise UserError(f"{archive.path}: expected folders of images inside, found no image.")
    depth = _common_depth(list(parts.values()))
    paths = {name: parts[name][depth:] for name in sorted(parts)}
    at = _part_depth(list(paths.values()))
    folders = {name: path[:-1] if at is None else _without_part(path, at) for name, path in paths.items()}
    test = {name for name, path in paths.items() if _part_at(path, at) == "test"}
    labelled = {name: folder for name, folder in folders.items() if name not in test}
    _check_class_folders(archive, labelled)
    _check_empty_folders(archive, list(parts))
    sample = read_sample(archive)
    ids, labels = ["/".join(paths[name]) for name in labelled], ["/".join(folder) for folder in labelled.values()]
    test_split = _test_split(archive, {name: folders[name] for name in paths if name in test}, set(labels), sample)
    return RawDataset(RawSplit(ids, labels, list(labelled)), test_split, sample, _describe_parts(paths, at))


def _part_depth(paths: list[tuple[str, ...]]) -> int | None:
    """Return at which depth folders tell training images from others: the first, or one where all folders do."""
    for depth in range(max(map(len, paths)) - 1):
        found = {_part_at(path, depth) for path in paths}
        if "train" in found and found - {"train", None} and (depth == 0 or None not in found):
            return depth
    return None


def _part_at(path: tuple[str, ...], depth: int | None) -> str | None:
    return part_of(path[depth]) if depth is not None and len(path) > depth + 1 else None


def _without_part(path: tuple[str, ...], depth: int) -> tuple[str, ...]:
    """Return a file's folders without the one of its part, which may be there twice, as in train.zip/train."""
    rest = path[depth + 1 : -1]
    if rest and _part_at(path, depth) and part_of(rest[0]) == _part_at(path, depth):
        rest = rest[1:]
    return path[:depth] + rest if len(path) > depth + 1 else path[:-1]


def _describe_parts(paths: Paths, at: int | None) -> tuple[str, ...]:
    """Return a sentence that says which folders were taken for labelled images, and which for test images."""
    if at is None:
        return ()
    counts = Counter(path[at] for path in paths.values() if len(path) > at + 1)
    kinds = {name: "test" if part_of(name) == "test" else "labelled" for name in sorted(counts)}
    return ("; ".join(f"{name}: {counts[name]:,} {kind} images" for name, kind in kinds.items()) + ".",)


def _test_split(archive: Archive, folders: Paths, classes: set[str], sample: bytes | None) -> RawSplit:
    """Test images are all in one folder, or all in their classes' folders where their labels are known."""
    labels = {name: "/".join(folder) for name, folder in folders.items()}
    if len(set(labels.values())) == 1 and not classes & set(labels.values()):  # test/images or test/unknown
        labels = dict.fromkeys(labels, "")
    nested = [name for name, label in labels.items() if label]
    if nested and len(nested) < len(labels):
        raise UserError(
            f"{archive.path}: {nested[0]} is in a folder of test, other images are not; move it up to test."
        )
    by_folder = {name: f"{label}/{PurePosixPath(name).name}" for name, label in labels.items()}
    files = files_by_id(archive, by_folder) if nested else files_by_stem(archive, list(labels))
    listed = order_by_sample(archive, sample, list(files))
    chosen = [files[item] for item in listed.values()]
    return RawSplit(list(listed), [labels[name] for name in chosen] if nested else None, chosen)


def _common_depth(paths: list[tuple[str, ...]]) -> int:
    """Return how many leading folders all paths have in common, leaving each at least its class."""
    depth = 0
    while all(len(parts) > depth + 2 for parts in paths) and len({parts[depth] for parts in paths}) == 1:
        depth += 1
    return depth


def _check_class_folders(archive: Archive, folders: Paths) -> None:
    """Refuse images in no folder, or next to folders that hold images: such a folder is a group, not a class."""
    groups = {path[:depth] for path in folders.values() for depth in range(len(path))} | {()}
    loose = [name for name, path in folders.items() if path in groups]
    if loose:
        raise UserError(
            f"{archive.path}: {loose[0]} is in no class's folder ({len(loose)} such images); move it into one."
        )


def _check_empty_folders(archive: Archive, images: list[str]) -> None:
    """Refuse a class's folder without an image, which would otherwise be dropped silently."""
    filled = {str(parent) for name in images for parent in PurePosixPath(name).parents}
    folders = {*archive.folders, *(str(PurePosixPath(name).parent) for name in archive.names)}
    empty = sorted(folders - filled)
    if empty:
        left_out = describe_left_out(name for name in archive.names if str(PurePosixPath(name).parent) in empty)
        count = f"{len(empty)} such folders{f'; {left_out}' if left_out else ''}"
        raise UserError(f"{archive.path}: the folder {empty[0]} has no image ({count}); fill or remove it.")

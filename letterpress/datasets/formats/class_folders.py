"""A folder for each class, as in the Nepali Handwritten Character Dataset.

    <class>/<image>                   or deeper: <group>/<class>/<image> is the class <group>/<class>
    train/<class>/… and test/<image>  where there are unlabelled images as well
    train/<class>/… and test/<class>/<image>  where the test images have labels

Folders that all images have in common are not part of a class's name. Files
without an image's extension are ignored.
"""

from pathlib import PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.raw import RawDataset, RawSplit, files_by_stem, order_by_sample, read_sample
from letterpress.infrastructure.errors import UserError

EXTENSIONS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
Paths = dict[str, tuple[str, ...]]  # the parts of a file's path below the common folders, by its full name


def read_class_folders(archive: Archive) -> RawDataset:
    """Label every image with its folder; raise UserError where it has none."""
    parts = {n: PurePosixPath(n).parts for n in archive.names if PurePosixPath(n).suffix.lower() in EXTENSIONS}
    if not parts:
        raise UserError(f"{archive.path}: expected folders of images inside, found no image.")
    depth = _common_depth(list(parts.values()))
    paths = {name: parts[name][depth:] for name in sorted(parts)}
    has_test = {"train", "test"} <= {path[0] for path in paths.values() if len(path) > 1}
    test = {name: path for name, path in paths.items() if has_test and path[0] == "test"}
    labelled = {name: path for name, path in paths.items() if name not in test}
    folders = {name: path[1 if has_test else 0 : -1] for name, path in labelled.items()}
    _check_class_folders(archive, folders)
    _check_empty_folders(archive, list(parts))
    sample = read_sample(archive)
    ids, labels = ["/".join(path) for path in labelled.values()], ["/".join(path) for path in folders.values()]
    return RawDataset(RawSplit(ids, labels, list(labelled)), _test_split(archive, test, sample), sample)


def _test_split(archive: Archive, paths: Paths, sample: bytes | None) -> RawSplit:
    """Test images are all in one folder, or all in their classes' folders where their labels are known."""
    nested = [name for name, path in paths.items() if len(path) > 2]
    if nested and len(nested) < len(paths):
        raise UserError(
            f"{archive.path}: {nested[0]} is in a folder of test, other images are not; move it up to test."
        )
    files = {"/".join(path[1:]): name for name, path in paths.items()} if nested else files_by_stem(archive, paths)
    ids = order_by_sample(archive, sample, list(files))
    labels = ["/".join(paths[files[i]][1:-1]) for i in ids] if nested else None
    return RawSplit(ids, labels, [files[i] for i in ids])


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
        raise UserError(
            f"{archive.path}: the folder {empty[0]} has no image ({len(empty)} such folders); fill or remove it."
        )

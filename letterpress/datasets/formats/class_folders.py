"""A folder for each class, as in NHCD or in anyone's own pile of letters.

    <class>/<image>                   or deeper: <group>/<class>/<image> is the class <group>/<class>
    train/<class>/… and test/<image>  where there are images without label as well
    train/<class>/… and test/<class>/<image>  where the test images' truth is known

Folders that all images share are no part of a class's name. Files that are
no pictures by their ending are passed over.
"""

from pathlib import PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.raw import Part, Raw, check_sample, files_by_stem, read_sample
from letterpress.infrastructure.errors import UserError

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}


def read(archive: Archive) -> Raw:
    """Label every image with its folder; raise UserError where there is none."""
    pictures = {n: PurePosixPath(n).parts for n in archive.names if PurePosixPath(n).suffix.lower() in ENDINGS}
    if not pictures:
        raise UserError(f"{archive.path}: expected folders of images inside, found no image.")
    depth = _shared_depth(list(pictures.values()))
    inside = {name: parts[depth:] for name, parts in pictures.items()}
    tops = {parts[0] for parts in inside.values() if len(parts) > 1}
    has_test = {"train", "test"} <= tops
    test = sorted(name for name, parts in inside.items() if has_test and parts[0] == "test")
    train = sorted(set(inside) - set(test))
    start = 1 if has_test else 0
    _refuse_loose(archive, _loose({name: inside[name][start:-1] for name in train}))
    _refuse_empty(archive, list(pictures))
    ids = ["/".join(inside[name]) for name in train]
    labels = ["/".join(inside[name][start:-1]) for name in train]
    sample = read_sample(archive)
    return Raw(Part(ids, labels, train), _test_part(archive, {name: inside[name] for name in test}, sample), sample)


def _test_part(archive: Archive, inside: dict[str, tuple[str, ...]], sample: bytes | None) -> Part:
    """Test images lie side by side, or in their classes' folders where the truth is known."""
    nested = [name for name, parts in inside.items() if len(parts) > 2]
    if nested and len(nested) < len(inside):
        raise UserError(f"{archive.path}: {nested[0]} lies in a folder of test, others do not; move it beside them.")
    files = (
        {"/".join(parts[1:]): name for name, parts in inside.items()} if nested else files_by_stem(archive, inside)
    )
    ids = check_sample(archive, sample, list(files))
    labels = ["/".join(inside[files[i]][1:-1]) for i in ids] if nested else None
    return Part(ids, labels, [files[i] for i in ids])


def _shared_depth(paths: list[tuple[str, ...]]) -> int:
    """How many leading folders all paths have in common, leaving each at least its class."""
    depth = 0
    while all(len(parts) > depth + 2 for parts in paths) and len({parts[depth] for parts in paths}) == 1:
        depth += 1
    return depth


def _loose(folders: dict[str, tuple[str, ...]]) -> list[str]:
    """The images that lie in no folder, or beside the folders of others: such a folder is a group, no class."""
    groups = {path[:depth] for path in folders.values() for depth in range(len(path))} | {()}
    return [name for name, path in folders.items() if path in groups]


def _refuse_loose(archive: Archive, loose: list[str]) -> None:
    if loose:
        raise UserError(
            f"{archive.path}: {loose[0]} lies in no class's folder ({len(loose)} such images); move it into one."
        )


def _refuse_empty(archive: Archive, pictures: list[str]) -> None:
    """A class's folder with no image is a mistake that would otherwise pass in silence."""
    filled = {str(parent) for name in pictures for parent in PurePosixPath(name).parents}
    folders = {*archive.folders, *(str(PurePosixPath(name).parent) for name in archive.names)}
    empty = sorted(folders - filled)
    if empty:
        raise UserError(
            f"{archive.path}: the folder {empty[0]} has no image ({len(empty)} such folders); fill or remove it."
        )

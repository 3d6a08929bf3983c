"""Write where a person says: never over a folder or an input, through links, into pipes and devices as they are."""

import os
import re
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write, naming

DESCRIPTORS = {"-": 1, "/dev/stdout": 1, "/dev/stderr": 2}


def descriptor_of(path: str) -> int | None:
    """Return the number of the open file that a name stands for, as 1 for `-`; None for every other name."""
    match = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d{1,9})", path)
    return int(match[1]) if match else DESCRIPTORS.get(path)


def check_output(path: str, inputs: Iterable[str | Path] = ()) -> None:
    """Raise UserError, before any work, where `path` is a folder, one of the `inputs`, or cannot be written.

    Raises OSError where the system refuses the name itself.
    """
    if (number := descriptor_of(path)) is not None:
        with naming(path):
            os.fstat(number)
        return
    if not path:
        raise UserError("the output's name is empty; name a file, as out.csv.")
    if path.endswith("/") or Path(path).is_dir():
        raise UserError(f"{path} is a folder; name a file, as {Path(path, 'out.csv')}.")
    target = Path(os.path.realpath(path))
    here = _identity(path)
    if here is None and not target.parent.exists():
        raise UserError(f"{path}: the folder {target.parent} does not exist; create it, or name another file.")
    if here is not None and here in map(_identity_or_none, inputs):
        raise UserError(f"{path} is one of the inputs, and would be overwritten; name another file.")
    if not os.access(target.parent if here is None else target, os.W_OK):
        raise UserError(f"{path} may not be written; change its permissions, or name another file.")


def write_output(path: str, content: str | bytes) -> None:
    """Write bytes, or text as UTF-8, to a file, an open file (`-`: stdout), a pipe or a device.

    A regular file is replaced atomically and keeps its mode; one that is
    shared by other names, or in a folder that is read-only, is rewritten.
    """
    target, data = Path(os.path.realpath(path)), content.encode() if isinstance(content, str) else content
    if descriptor_of(path) is None and _is_replaceable(target):
        with atomic_write(target) as partial:
            partial.write_bytes(data)
            with suppress(FileNotFoundError):
                shutil.copymode(target, partial)
        return
    number = descriptor_of(path)
    with naming(path), open(path if number is None else number, "wb", closefd=number is None) as file:
        file.write(data)


def _is_replaceable(target: Path) -> bool:
    """Return whether a rename onto `target` changes nothing but its content."""
    if not target.exists():
        return True
    status = target.stat()
    alone = stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid()
    return alone and os.access(target.parent, os.W_OK)


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Return device and inode, by which a file is known under all its names; None where there is no file."""
    try:
        status = Path(path).stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _identity_or_none(path: str | Path) -> tuple[int, int] | None:
    """As `_identity`, and None for what cannot be looked at, as a file in a zip."""
    try:
        return _identity(path)
    except OSError:
        return None

"""Read a zip, and the zips inside it, without unpacking anything to disk."""

import io
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath

from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.zips import SAFE_METHODS, ZIP_ERRORS

MAX_DEPTH = 2  # zips in a zip are read, zips in those are not
MAX_BYTES = 1 << 30  # of a file, unpacked, and of all inner zips together


class Archive:
    """The files of a zip by name; those of an inner zip are named `inner.zip/file`.

    An inner zip is kept in memory as long as the archive is.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.folders: list[str] = []  # those that have an entry of their own, as empty ones do
        self._entries: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        self._inner_bytes = 0
        try:
            self._scan(zipfile.ZipFile(self.path), prefix="", depth=1)
        except OSError as error:
            raise UserError(f"{self.path}: cannot be read ({error.strerror}).") from error
        except ZIP_ERRORS as error:
            raise UserError(f"{self.path}: is not a whole zip archive ({error}); fetch it again.") from error

    def _scan(self, container: zipfile.ZipFile, prefix: str, depth: int) -> None:
        for info in container.infolist():
            name = prefix + info.filename
            if _is_system_file(info.filename):
                continue
            if any(unicodedata.category(character) == "Cc" for character in name):
                raise UserError(f"{self.path}: {name!r} has a control character in its name; rename it.")
            if info.is_dir():
                self.folders.append(name.rstrip("/"))
            elif depth < MAX_DEPTH and info.filename.lower().endswith(".zip"):
                self._scan(self._open_inner(container, info, name), prefix=f"{name}/", depth=depth + 1)
            elif name in self._entries:
                raise UserError(f"{self.path}: has two files named {name}; remove one.")
            else:
                self._entries[name] = (container, info)

    def _open_inner(self, container: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> zipfile.ZipFile:
        self._inner_bytes += info.file_size
        if self._inner_bytes > MAX_BYTES:
            raise UserError(f"{self.path}: its zips inside are larger than {MAX_BYTES >> 20} MB; unpack them.")
        content = self._unpack(container, info, name, MAX_BYTES)
        try:
            return zipfile.ZipFile(io.BytesIO(content))
        except ZIP_ERRORS as error:
            raise UserError(f"{self.path}: {name} is not a whole zip archive ({error}); fetch it again.") from error

    @property
    def names(self) -> list[str]:
        """Return the files' names in the order of the archive."""
        return list(self._entries)

    def read(self, name: str, max_bytes: int | None = None) -> bytes:
        """Read one file and verify its checksum; raise UserError where it is larger than `max_bytes`."""
        return self._unpack(*self._entries[name], name, max_bytes or MAX_BYTES)

    def _unpack(self, container: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, max_bytes: int) -> bytes:
        if info.compress_type not in SAFE_METHODS:
            raise UserError(f"{self.path}: {name} is neither stored nor deflated; repack it.")
        if info.file_size > max_bytes:
            raise UserError(f"{self.path}: {name} is larger than {max_bytes >> 20} MB unpacked; remove it.")
        try:
            with container.open(info) as file:
                return file.read(info.file_size + 1)  # no more than it claims, and its checksum is verified
        except ZIP_ERRORS as error:
            raise UserError(f"{self.path}: {name} cannot be unpacked ({error}).") from error

    def find_file(self, *names: str) -> str | None:
        """Return the one file with one of these base names, whatever its folder and case, or None."""
        base_names = {name.lower() for name in names}
        found = [name for name in self._entries if PurePosixPath(name).name.lower() in base_names]
        if len(found) > 1:
            raise UserError(f"{self.path}: expected one {names[0]}, found {', '.join(sorted(found))}; keep one.")
        return found[0] if found else None


def _is_system_file(name: str) -> bool:
    """Return whether macOS or Windows added this file to the archive."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name in (".DS_Store", "Thumbs.db")

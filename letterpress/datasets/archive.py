"""Read a zip, and the zips inside it, without unpacking anything to disk."""

import io
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from letterpress.infrastructure.errors import UserError

NESTING = 2  # zips in a zip are read, zips in those are not
LARGEST = 1 << 30  # bytes of a file, unpacked, and of all inner zips together
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of others zipfile does not bound what it unpacks at once
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
    OSError,
)


class Archive:
    """The files of a zip by name; those of an inner zip are named `inner.zip/file`.

    An inner zip is held in memory as long as the archive is.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.folders: list[str] = []  # those that have an entry of their own, as empty ones do
        self._entries: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        self._held = 0  # bytes of inner zips
        try:
            self._scan(zipfile.ZipFile(self.path), prefix="", depth=1)
        except OSError as error:
            raise UserError(f"{self.path}: cannot be read ({error.strerror}).") from error
        except BROKEN as error:
            raise UserError(f"{self.path}: is not a whole zip archive ({error}); fetch it again.") from error

    def _scan(self, container: zipfile.ZipFile, prefix: str, depth: int) -> None:
        for info in container.infolist():
            name = prefix + info.filename
            if _is_litter(info.filename):
                continue
            if any(unicodedata.category(character) == "Cc" for character in name):
                raise UserError(f"{self.path}: {name!r} has a line break or the like in its name; rename it.")
            if info.is_dir():
                self.folders.append(name.rstrip("/"))
            elif depth < NESTING and info.filename.lower().endswith(".zip"):
                self._scan(self._open_inner(container, info, name), prefix=f"{name}/", depth=depth + 1)
            elif name in self._entries:
                raise UserError(f"{self.path}: holds two files named {name}; remove one.")
            else:
                self._entries[name] = (container, info)

    def _open_inner(self, container: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> zipfile.ZipFile:
        self._held += info.file_size
        if self._held > LARGEST:
            raise UserError(f"{self.path}: its zips inside are larger than {LARGEST >> 20} MB; unpack them.")
        content = self._content(container, info, name, LARGEST)
        try:
            return zipfile.ZipFile(io.BytesIO(content))
        except BROKEN as error:
            raise UserError(f"{self.path}: {name} is not a whole zip archive ({error}); fetch it again.") from error

    @property
    def names(self) -> list[str]:
        """The files' names in the order of the archive."""
        return list(self._entries)

    def read(self, name: str, most: int | None = None) -> bytes:
        """The bytes of one file, its checksum verified; raises UserError where there are more than `most`."""
        return self._content(*self._entries[name], name, most or LARGEST)

    def _content(self, container: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, most: int) -> bytes:
        if info.compress_type not in METHODS:
            raise UserError(f"{self.path}: {name} is neither stored nor deflated; pack it so.")
        if info.file_size > most:
            raise UserError(f"{self.path}: {name} is larger than {most >> 20} MB unpacked; remove it.")
        try:
            with container.open(info) as file:
                return file.read(info.file_size + 1)  # no more than it claims, and its checksum is verified
        except BROKEN as error:
            raise UserError(f"{self.path}: {name} cannot be unpacked ({error}).") from error

    def find(self, *names: str) -> str | None:
        """The one file with one of these base names, whatever its folder and case, or None."""
        wanted = {name.lower() for name in names}
        found = [name for name in self._entries if PurePosixPath(name).name.lower() in wanted]
        if len(found) > 1:
            raise UserError(f"{self.path}: expected one {names[0]}, found {', '.join(sorted(found))}.")
        return found[0] if found else None


def _is_litter(name: str) -> bool:
    """What macOS and Windows leave in archives."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith("._") or path.name in (".DS_Store", "Thumbs.db")

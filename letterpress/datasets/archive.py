"""Read a zip, and the zips inside it, without unpacking anything to disk."""

import io
import re
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from letterpress.datasets.litter import is_litter, without_litter
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.zips import SAFE_METHODS, ZIP_ERRORS

MAX_DEPTH = 2  # zips in a zip are read, zips in those are not
MAX_BYTES = 1 << 30  # of a file, unpacked, and of all inner zips together
_UTF8 = 0x800  # the flag of a name in UTF-8
_BOX_DRAWING = re.compile("[\u2500-\u259f]")  # what other encodings look like in code page 437, and no one's name


class Archive:
    """The files of a zip by name; those of an inner zip are named `inner.zip/file`.

    An inner zip is kept in memory as long as the archive is.
    """

    def __init__(self, path: str | Path, file: BinaryIO | None = None) -> None:
        """Open the zip at `path`, or an open `file` that errors name `path`."""
        self.path = Path(path)
        self.folders: list[str] = []  # those that have an entry of their own or hold litter, as empty ones do
        self._entries: dict[str, tuple[zipfile.ZipFile, zipfile.ZipInfo]] = {}
        self._inner_bytes = 0
        try:
            self._scan(zipfile.ZipFile(file or self.path), prefix="", depth=1)
        except OSError as error:
            raise UserError(f"{self.path}: cannot be read ({error.strerror}).") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{self.path}: has a name in no known encoding ({error.object!r}); rename it.") from error
        except ZIP_ERRORS as error:
            raise UserError(f"{self.path}: is not a whole zip archive ({error}); fetch it again.") from error

    def _scan(self, container: zipfile.ZipFile, prefix: str, depth: int) -> None:
        for info in container.infolist():
            name = normalize(prefix + _decode_name(info))
            if is_litter(name):
                self.folders += [folder for folder in [without_litter(name)] if folder]
                continue
            if _BOX_DRAWING.search(name) and not info.flag_bits & _UTF8:
                raise UserError(
                    f"{self.path}: {name!r} is a name in no known encoding; repack it with names in UTF-8."
                )
            if has_control(name):
                raise UserError(f"{self.path}: {name!r} has a control character in its name; rename it.")
            if info.is_dir():
                self.folders.append(name.rstrip("/"))
            elif depth < MAX_DEPTH and name.lower().endswith(".zip"):
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


def normalize(text: str) -> str:
    """Compose letters and their accents (NFC): macOS writes names in parts, most keyboards do not."""
    return unicodedata.normalize("NFC", text)


def has_control(text: str) -> bool:
    """Return whether a text has a line break or another control character."""
    return any(unicodedata.category(character) == "Cc" for character in text)


def _decode_name(info: zipfile.ZipInfo) -> str:
    """Return a file's name; where no flag says which encoding it has, UTF-8 if it can be, else code page 437."""
    name = info.filename.replace("\\", "/") if info.create_system == 0 else info.filename  # some write \ on Windows
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name

"""Read images that a user names: files, folders and zips, as one list."""

import os
from collections.abc import Sequence
from pathlib import Path

from letterpress.datasets.archive import Archive
from letterpress.datasets.description import first_ten
from letterpress.datasets.file_types import EXTENSIONS, describe_left_out, extension
from letterpress.datasets.litter import is_litter
from letterpress.infrastructure.errors import UserError
from letterpress.sources.local.fetch import is_utf8


class InputImages:
    """Names and bytes of image files in the given order, those in folders and zips sorted by name.

    It stands for an archive where images are decoded: it has `path`, for errors, and `read`.
    """

    path = "the given images"

    def __init__(self, inputs: Sequence[str]) -> None:
        """Find the images; raise UserError where there is none, or a name is in no known encoding."""
        self.names: list[str] = []
        self._others: list[str] = []
        self._zipped: dict[str, tuple[Archive, str]] = {}
        for given in inputs:
            self._add(Path(given))
        not_utf8 = [os.fsencode(name) for name in self.names if not is_utf8(name)]
        if not_utf8:
            raise UserError(f"{not_utf8[0]} has a name that is not UTF-8 ({len(not_utf8)} in all); rename it.")
        if not self.names:
            known, left_out = ", ".join(sorted(EXTENSIONS)), f" ({self.left_out})" if self.left_out else ""
            raise UserError(f"{', '.join(inputs)}: no image is there{left_out}; known extensions: {known}.")

    @property
    def left_out(self) -> str | None:
        """Say how many files of other kinds are there; None where there are none."""
        return describe_left_out(self._others)

    def _add(self, path: Path) -> None:
        if path.is_dir():
            files = {str(file): file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}
            self._choose({name: inside for name, inside in files.items() if not is_litter(inside)})
        elif path.suffix.lower() == ".zip":
            archive = Archive(path)
            self._zipped |= {f"{path}/{name}": (archive, name) for name in archive.names}
            self._choose({f"{path}/{name}": name for name in archive.names})
        else:
            self.names.append(str(path))

    def _choose(self, files: dict[str, str]) -> None:
        images = {full for full, name in files.items() if extension(name) in EXTENSIONS}
        self.names += sorted(images)
        self._others += sorted(set(files) - images)

    def drop(self, names: Sequence[str]) -> None:
        """Leave some images aside; raise UserError where none is left."""
        self.names = [name for name in self.names if name not in set(names)]
        if not self.names:
            raise UserError(f"none of {len(names)} images can be read: {first_ten(names)}; replace them.")

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return the bytes of one image file; raise UserError where it cannot be read or is larger."""
        if name in self._zipped:
            archive, inner = self._zipped[name]
            return archive.read(inner, max_bytes)
        try:
            if Path(name).stat().st_size > max_bytes:
                raise UserError(f"{name}: is larger than {max_bytes >> 20} MB; is it an image of one character?")
            return Path(name).read_bytes()
        except OSError as error:
            raise UserError(f"{name}: cannot be read ({error.strerror}); name images, folders or zips.") from error

"""Read images that a user names: files, folders and zips, as one list."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.class_folders import EXTENSIONS
from letterpress.infrastructure.errors import UserError


class InputImages:
    """Names and bytes of image files in the given order, those in folders and zips sorted by name.

    It stands for an archive where images are decoded: it has `path`, for errors, and `read`.
    """

    path = "the given images"

    def __init__(self, inputs: Sequence[str]) -> None:
        self.names: list[str] = []
        self._zipped: dict[str, tuple[Archive, str]] = {}
        for given in inputs:
            self._add(Path(given))
        if not self.names:
            known = ", ".join(sorted(EXTENSIONS))
            raise UserError(f"{', '.join(inputs)}: no image is there; known extensions: {known}.")

    def _add(self, path: Path) -> None:
        if path.is_dir():
            self.names += sorted(str(file) for file in path.rglob("*") if file.is_file() and _is_image(file.name))
        elif path.suffix.lower() == ".zip":
            archive = Archive(path)
            inside = {f"{path}/{name}": (archive, name) for name in sorted(archive.names) if _is_image(name)}
            self._zipped |= inside
            self.names += inside
        else:
            self.names.append(str(path))

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


def _is_image(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in EXTENSIONS and not path.name.startswith(".")

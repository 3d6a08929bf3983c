"""Pictures that a user names: files, folders and zips, as one list."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.class_folders import ENDINGS
from letterpress.infrastructure.errors import UserError


class Pictures:
    """Names and bytes of pictures in the order in which they were given; those in folders and zips by name."""

    path = "the given images"  # for errors, as an archive has one

    def __init__(self, inputs: Sequence[str]) -> None:
        self.names: list[str] = []
        self._zipped: dict[str, tuple[Archive, str]] = {}
        for given in inputs:
            self._add(Path(given))
        if not self.names:
            raise UserError(f"{', '.join(inputs)}: no image is there; known endings: {', '.join(sorted(ENDINGS))}.")

    def _add(self, path: Path) -> None:
        if path.is_dir():
            self.names += sorted(str(file) for file in path.rglob("*") if file.is_file() and _is_picture(file.name))
        elif path.suffix.lower() == ".zip":
            archive = Archive(path)
            inside = {f"{path}/{name}": (archive, name) for name in sorted(archive.names) if _is_picture(name)}
            self._zipped |= inside
            self.names += inside
        else:
            self.names.append(str(path))

    def read(self, name: str, most: int) -> bytes:
        """The bytes of one picture; raises UserError where there are none, or more than `most`."""
        if name in self._zipped:
            archive, inner = self._zipped[name]
            return archive.read(inner, most)
        try:
            if Path(name).stat().st_size > most:
                raise UserError(f"{name}: is larger than {most >> 20} MB; is it a picture of one character?")
            return Path(name).read_bytes()
        except OSError as error:
            raise UserError(f"{name}: cannot be read ({error.strerror}); name images, folders or zips.") from error


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")

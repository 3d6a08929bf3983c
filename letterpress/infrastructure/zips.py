"""What is common to all zips that are written and read here."""

import zipfile
import zlib

# zipfile bounds how much it unpacks at once for these two methods only.
SAFE_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# All that zipfile raises on damaged, encrypted or unsupported archives.
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, UnicodeDecodeError, OSError)


def add_file(archive: zipfile.ZipFile, name: str, content: bytes, method: int = zipfile.ZIP_STORED) -> None:
    """Add a file to an open zip, dated 1980, so that equal content gives equal bytes whenever it is written.

    Args:
        archive: a zip that is open for writing.
        name: of the file inside; one that ends in / is an empty folder.
        content: the file's bytes.
        method: ZIP_STORED or ZIP_DEFLATED.
    """
    archive.writestr(zipfile.ZipInfo(name), content, method)

"""Names of files as text for tables."""

import os
import unicodedata

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # of writing, which garble a table


def on_one_line(name: str) -> str:
    r"""Escape what is no text in a file's name: bytes that are not UTF-8 as `\xe9`, control characters as `\n`."""
    text = os.fsencode(name).decode(errors="backslashreplace")
    controls = {char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp") or char in DIRECTIONS}
    return text.translate({ord(char): char.encode("unicode_escape").decode() for char in controls})

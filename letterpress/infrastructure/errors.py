"""Errors that a user can fix, in one sentence each."""

import os
import sys


class UserError(Exception):
    """A mistake that the user can fix.

    Its text is one sentence that names the file or key and the remedy;
    commands print it without a traceback and exit with status 2.
    """


def explain(error: UserError | OSError | MemoryError, command: str) -> str:
    """Return one sentence that says what went wrong, where, and that `command` is to be run again."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"there is too little memory; free some, and run `{command}` again."
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}; fix that, and run `{command}` again."


def drop_unwritten() -> None:
    """Drop what stdout and stderr could not write, as to a closed pipe: Python flushes them again when it exits."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

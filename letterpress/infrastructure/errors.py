"""Errors that a user can fix, in one sentence each."""


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

"""The one exception that is meant for people."""


class UserError(Exception):
    """A mistake that the user can mend.

    Its text is one sentence that names the file or key and the remedy; the
    commands print it without a traceback and exit with status 2.
    """

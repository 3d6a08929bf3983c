"""The command `letterpress NAME …`, also as `python -m letterpress NAME …`."""

import sys

from letterpress.commands import cli


def main() -> None:
    """Run the command that the command line names, and exit with its status."""
    sys.exit(cli.main(sys.argv[1:]))


if __name__ == "__main__":
    main()

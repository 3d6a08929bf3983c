"""`letterpress new …` as `python -m letterpress.new …`."""

import sys

from letterpress.commands import cli

if __name__ == "__main__":
    sys.exit(cli.main(["new", *sys.argv[1:]]))

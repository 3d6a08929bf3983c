"""`letterpress predict …` as `python -m letterpress.predict …`."""

import sys

from letterpress.commands import cli

if __name__ == "__main__":
    sys.exit(cli.main(["predict", *sys.argv[1:]]))

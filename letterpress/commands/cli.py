"""The command line: one command whose subcommands are modules of this package, and how it ends.

Each module offers `add_arguments(parser)` and `run(arguments) -> int | None`, an exit status. Only the module of the
given subcommand is imported.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from letterpress.infrastructure.errors import UserError, drop_unwritten, explain

COMMANDS = {
    "predict": "classify images with a trained recipe",
    "new": "write a recipe for images of your own",
    "export": "write a trained recipe as one ONNX file",
    "demo": "serve a page to draw or drop characters on",
    "summary": "print a recipe's accuracy, submission and report",
    "jobs": "run a recipe, training several members in parallel",
    "tune": "search for better parameters",
    "dag": "draw the stages of a recipe",
    "submit": "send a recipe's submission to Kaggle",
    "gate": "fail if an accuracy has dropped since a base commit",
    "changes": "print how curves and confusions differ from a base commit",
    "table": "write the table of results from the committed metrics",
    "restamp": "take code that behaves the same over into dvc.lock",
    "schema": "write the JSON schema of params.yaml",
}
Run = Callable[[argparse.Namespace], int | None]


def main(argv: Sequence[str]) -> int:
    """Run a subcommand and return its exit status; argparse exits with status 2 itself."""

    def parse_and_run(_: argparse.Namespace) -> int | None:
        arguments = make_parser(argv).parse_args(argv)
        return arguments.run(arguments)

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal may not know a class's letter, and the reader of a pipe wants each line as it comes.
            stream.reconfigure(errors="backslashreplace", line_buffering=True)
    return run_safely(parse_and_run, argparse.Namespace(), " ".join(["letterpress", *argv[:1]]))


def make_parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """Return a parser of all subcommands; only the one that `argv` begins with has its arguments."""
    parser = argparse.ArgumentParser(
        prog="letterpress", description="Train, compare and use ensembles that classify images of single characters."
    )
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, description in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=description, description=f"{description.capitalize()}.")
        if argv and argv[0] == name:
            module = import_module(f"letterpress.commands.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    return parser


def run_safely(run: Run, arguments: argparse.Namespace, command: str) -> int:
    """Run a subcommand and return its exit status; 2 with one sentence on stderr where a user can fix an error.

    A closed pipe ends it silently, and an interrupt with status 130.
    """
    try:
        try:
            return run(arguments) or 0
        finally:  # also where argparse exits
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        return 1
    except (KeyboardInterrupt, EOFError):  # Ctrl-C, and Ctrl-D at a question
        return 130
    except (UserError, OSError, MemoryError) as error:
        with suppress(OSError):
            print(f"{command}: {explain(error, command)}", file=sys.stderr)
        return 2
    finally:
        drop_unwritten()

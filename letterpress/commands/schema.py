"""Write params.schema.json, by which editors check params.yaml, and docs/parameters.md.

letterpress schema
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the files and their content follow from the code."""


def run(arguments: argparse.Namespace) -> None:
    """Write both files."""
    from letterpress.configuration import schema

    schema.main()

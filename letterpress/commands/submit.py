"""Send a recipe's submission to its competition on Kaggle, after showing what will be sent.

python -m letterpress.commands.submit RECIPE_DIR [--message TEXT] [--yes]
"""

import argparse
import contextlib
import hashlib
import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from letterpress.configuration import loader
from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.projects import name_of
from letterpress.sources.kaggle.client import authenticate, explain_status

SHOWN = ("holdout", "oof", "test")


@dataclass(frozen=True)
class Submission:
    """What is to be sent: a file, to a competition as `competitions/NAME`, with a message."""

    path: Path
    handle: str
    message: str


def main() -> None:
    """Show, ask and send."""
    parser = argparse.ArgumentParser(
        prog="python -m letterpress.commands.submit", description=__doc__.splitlines()[0]
    )
    parser.add_argument("recipe", type=Path, metavar="RECIPE_DIR")
    parser.add_argument("--message", help="what Kaggle lists it as; the recipe and the commit if left out")
    parser.add_argument("--yes", action="store_true", help="send without asking")
    arguments = parser.parse_args()
    try:
        submission = find(arguments.recipe, arguments.message)
        client = connect(submission)
        print(describe(submission, arguments.recipe))
        if arguments.yes or agreed():
            print(send(client, submission))
        else:
            print("Nothing was sent.")
    except UserError as error:
        print(f"upload: {error}", file=sys.stderr)
        sys.exit(2)


def find(folder: Path, message: str | None = None) -> Submission:
    """The recipe's submission; raises UserError where there is none, or no competition to send it to."""
    dataset, path = loader.load(DatasetConfig, "dataset", folder / "params.yaml"), folder / "data/submission.csv"
    if dataset.kaggle is None or not dataset.kaggle.startswith("competitions/"):
        raise UserError(f"{folder}/params.yaml: dataset.kaggle: {dataset.kaggle or 'null'} is no competition's name.")
    if not path.is_file():
        raise UserError(f"{path} is missing; run `dvc --cd {folder} repro`.")
    return Submission(path, dataset.kaggle, message or f"{name_of(folder)} at {_commit(folder)}")


def _commit(folder: Path) -> str:
    """The checkout's short hash, with -dirty where it was changed."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def connect(submission: Submission) -> Any:
    """Kaggle's client with a valid token, before anybody is asked anything."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return authenticate()
    except requests.RequestException as error:
        raise _refusal(submission, error) from error


def describe(submission: Submission, folder: Path) -> str:
    """What will be sent where, and what is known of it."""
    content = submission.path.read_bytes()
    figures = json.loads((folder / "metrics/ensemble.json").read_text(encoding="utf-8"))
    known = [f"{part} {figures[part]['accuracy']:.4f}" for part in SHOWN if part in figures]
    lines = {
        "competition": f"kaggle.com/{submission.handle}",
        "file": f"{submission.path}, {len(content.splitlines()) - 1:,} answers",
        "sha256": hashlib.sha256(content).hexdigest(),
        "accuracy": ", ".join(known),
        "message": submission.message,
    }
    return "\n".join(f"{name:<12} {value}" for name, value in lines.items())


def agreed() -> bool:
    """Ask at the terminal; raises UserError where nobody can answer."""
    if not sys.stdin.isatty():
        raise UserError("nobody is here to agree; say --yes (make submit YES=1).")
    return input("Send it? [y/N] ").strip().lower() in ("y", "yes")


def send(client: Any, submission: Submission) -> str:
    """Upload and submit; returns Kaggle's answer and where the score will be."""
    name = submission.handle.partition("/")[2]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = client.competition_submit(str(submission.path), submission.message, name, quiet=True)
    except requests.RequestException as error:
        raise _refusal(submission, error) from error
    if answer.message == client.COMPETITION_SUBMIT_UPLOAD_FAILED_MESSAGE:
        raise UserError(f"{submission.handle}: the upload broke off; check your connection and run again.")
    return f"{answer.message}\nkaggle.com/{submission.handle}/submissions"


def _refusal(submission: Submission, error: requests.RequestException) -> UserError:
    if isinstance(error, requests.HTTPError):
        return UserError(explain_status(submission.handle, error.response.status_code, "upload"))
    reason = type(error).__name__
    return UserError(
        f"{submission.handle}: Kaggle cannot be reached ({reason}); check your connection and run again."
    )


if __name__ == "__main__":
    main()

"""Send a recipe's submission to its competition on Kaggle, after showing it.

letterpress submit RECIPE_DIR [--message TEXT] [--yes]
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

from letterpress.commands.arguments import add_recipe
from letterpress.configuration.params import load_params
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.projects import name_of
from letterpress.sources.kaggle.client import authenticate, explain_status

PARTS = ("holdout", "oof", "test")  # whose accuracies are shown


@dataclass(frozen=True)
class Submission:
    """What is to be sent: a file, to a competition as `competitions/NAME`, with a message."""

    path: Path
    handle: str
    message: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe and the options."""
    add_recipe(parser)
    parser.add_argument("--message", help="Kaggle's description of the submission (default: recipe and commit)")
    parser.add_argument("--yes", action="store_true", help="send without asking")


def run(arguments: argparse.Namespace) -> None:
    """Show the submission, ask, and send it."""
    submission = find_submission(arguments.recipe, arguments.message)
    client = connect_to_kaggle(submission)
    print(describe_submission(submission, arguments.recipe))
    print(send_submission(client, submission) if arguments.yes or confirm_submission() else "Nothing was sent.")


def find_submission(folder: Path, message: str | None) -> Submission:
    """Return the recipe's submission; raise UserError where it or its competition is missing."""
    handle, path = load_params(folder / "params.yaml").dataset.kaggle or "null", folder / "data/submission.csv"
    if not handle.startswith("competitions/"):
        raise UserError(f"{folder}/params.yaml: dataset.kaggle: expected competitions/NAME, received {handle}.")
    if not path.is_file():
        raise UserError(f"{path} is missing; run `dvc --cd {folder} repro`.")
    return Submission(path, handle, message or f"{name_of(folder)} at {_commit(folder)}")


def _commit(folder: Path) -> str:
    """Return the checkout's short hash, with -dirty where it was changed; raise UserError outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
    except subprocess.CalledProcessError as error:
        raise UserError(f"{folder}: git knows no commit ({error.stderr.strip()}); name a --message.") from error


def connect_to_kaggle(submission: Submission) -> Any:
    """Return Kaggle's client; raise UserError without a valid token or a connection."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return authenticate()
    except requests.RequestException as error:
        raise _user_error(submission, error) from error


def describe_submission(submission: Submission, folder: Path) -> str:
    """Return what will be sent where, and its accuracies."""
    content = submission.path.read_bytes()
    metrics = json.loads((folder / "metrics/ensemble.json").read_text(encoding="utf-8"))
    accuracies = [f"{part} {metrics[part]['accuracy']:.4f}" for part in PARTS if part in metrics]
    lines = {
        "competition": f"kaggle.com/{submission.handle}",
        "file": f"{submission.path}, {len(content.splitlines()) - 1:,} predictions",
        "sha256": hashlib.sha256(content).hexdigest(),
        "accuracy": ", ".join(accuracies),
        "message": submission.message,
    }
    return "\n".join(f"{name:<12} {value}" for name, value in lines.items())


def confirm_submission() -> bool:
    """Ask at the terminal; raise UserError without one."""
    if not sys.stdin.isatty():
        raise UserError("there is no terminal to ask at; confirm with --yes (make submit YES=1).")
    return input("Send it? [y/N] ").strip().lower() in ("y", "yes")


def send_submission(client: Any, submission: Submission) -> str:
    """Upload and submit; return Kaggle's message and where the score will be."""
    name = submission.handle.partition("/")[2]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            response = client.competition_submit(str(submission.path), submission.message, name, quiet=True)
    except requests.RequestException as error:
        raise _user_error(submission, error) from error
    if response.message == client.COMPETITION_SUBMIT_UPLOAD_FAILED_MESSAGE:
        raise UserError(f"{submission.handle}: the upload failed; check your connection and run again.")
    return f"{response.message}\nkaggle.com/{submission.handle}/submissions"


def _user_error(submission: Submission, error: requests.RequestException) -> UserError:
    if isinstance(error, requests.HTTPError):
        return UserError(explain_status(submission.handle, error.response.status_code, "upload"))
    reason = type(error).__name__
    return UserError(
        f"{submission.handle}: Kaggle cannot be reached ({reason}); check your connection and run again."
    )

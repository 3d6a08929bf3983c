"""A submission is shown, and sent with Kaggle's own client to a substitute for its servers."""

import hashlib
import os
import socket
import subprocess
import sys

import pytest

from letterpress.infrastructure.files import write_json
from tests.clones import commit, run
from tests.imports import ROOT
from tests.kaggle_standin import kaggle_standin

TOKEN = {"KAGGLE_USERNAME": "someone", "KAGGLE_KEY": "secret"}
PREDICTIONS = b"ID,Class\n1,A\n2,b\n"
SEND = """
import sys, time
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv.pop(1)
time.sleep = lambda seconds: None
from letterpress.commands.cli import main
sys.exit(main(["submit", *sys.argv[1:]]))
"""


@pytest.fixture
def kaggle():
    with kaggle_standin(b"") as server:
        yield server


@pytest.fixture
def recipe(tmp_path):
    """A recipe's folder in a repository of one commit, with a submission and figures."""
    folder = tmp_path / "letters"
    (folder / "data").mkdir(parents=True)
    text = (ROOT / "recipes/julia-quick/params.yaml").read_text(encoding="utf-8")
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    run(tmp_path, "git", "init", "-q")
    commit(tmp_path)
    (folder / ".gitignore").write_text("*")
    (folder / "data/submission.csv").write_bytes(PREDICTIONS)
    write_json(folder / "metrics/ensemble.json", {"oof": {"accuracy": 0.8630, "n": 4198}})
    return folder


def submit(folder, url, *arguments, stdin=subprocess.DEVNULL, **token) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder.parent), **token}
    command = [sys.executable, "-c", SEND, url, str(folder), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=stdin, capture_output=True, text=True, timeout=50
    )


def test_a_submission_is_shown_and_sent(kaggle, recipe):
    done = submit(recipe, kaggle.url, "--yes", **TOKEN)
    assert done.stderr == ""
    head = run(recipe, "git", "rev-parse", "--short", "HEAD").strip()
    assert done.stdout == (
        "competition  kaggle.com/competitions/first-steps-with-julia\n"
        f"file         {recipe}/data/submission.csv, 2 predictions\n"
        f"sha256       {hashlib.sha256(PREDICTIONS).hexdigest()}\n"
        "accuracy     oof 0.8630\n"
        f"message      letters at {head}\n"
        "Successfully submitted to Letters\n"
        "kaggle.com/competitions/first-steps-with-julia/submissions\n"
    )
    assert kaggle.stored == [PREDICTIONS]
    call, asked = kaggle.calls[-1]
    assert call == "competitions.CompetitionApiService/CreateSubmission"
    assert asked["competitionName"] == "first-steps-with-julia"
    assert asked["blobFileTokens"] == "a-token"
    assert asked["submissionDescription"] == f"letters at {head}"


def test_another_message_is_sent(kaggle, recipe):
    submit(recipe, kaggle.url, "--yes", "--message", "second try", **TOKEN)
    assert kaggle.calls[-1][1]["submissionDescription"] == "second try"


def test_without_a_terminal_nothing_is_sent(kaggle, recipe):
    done = submit(recipe, kaggle.url, **TOKEN)
    assert done.stdout.startswith("competition  ")
    assert (done.returncode, done.stderr) == (
        2,
        "letterpress submit: there is no terminal to ask at; confirm with --yes (make submit YES=1).\n",
    )
    assert kaggle.stored == []


@pytest.mark.parametrize(("reply", "sent"), [("y", [PREDICTIONS]), ("", []), ("no", [])])
def test_at_a_terminal_it_asks_first(kaggle, recipe, reply, sent):
    master, terminal = os.openpty()
    os.write(master, f"{reply}\n".encode())
    done = submit(recipe, kaggle.url, stdin=terminal, **TOKEN)
    os.close(master)
    os.close(terminal)
    assert "Send it? [y/N]" in done.stdout
    assert kaggle.stored == sent
    assert ("Nothing was sent." in done.stdout) == (not sent)


def test_without_a_token_nothing_is_shown_or_sent(kaggle, recipe):
    done = submit(recipe, kaggle.url, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "letterpress submit: No valid Kaggle token was found; make one at kaggle.com/settings/api"
    )
    assert kaggle.calls == []


def test_a_home_that_kaggles_client_cannot_use_is_one_sentence(kaggle, recipe):
    (recipe.parent / ".kaggle/kaggle.json").mkdir(parents=True)
    done = submit(recipe, kaggle.url, "--yes")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "kaggle.json: Kaggle's client cannot use it (Is a directory); " in done.stderr


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "Kaggle does not accept your token; make one at"),
        (403, "Kaggle forbids the upload; open kaggle.com/competitions/first-steps-with-julia, accept the rules"),
        (404, "Kaggle does not know that name; correct dataset.kaggle in params.yaml"),
        (429, "Kaggle asks you to wait; run again in some minutes."),
        (500, "Kaggle returned the status 500; run again later."),
    ],
)
def test_an_error_of_kaggle_ends_in_one_sentence(kaggle, recipe, status, reason):
    kaggle.status = status
    done = submit(recipe, kaggle.url, "--yes", **TOKEN)
    assert done.returncode == 2
    assert done.stderr.startswith(f"letterpress submit: competitions/first-steps-with-julia: {reason}")
    assert done.stderr.count("\n") == 1


def test_a_failed_upload_is_not_submitted(kaggle, recipe):
    kaggle.storage_status = 400
    done = submit(recipe, kaggle.url, "--yes", **TOKEN)
    assert (done.returncode, done.stderr) == (
        2,
        "letterpress submit: competitions/first-steps-with-julia: the upload failed; "
        "check your connection and run again.\n",
    )
    assert not [call for call, _ in kaggle.calls if call.endswith("CreateSubmission")]


def test_a_missing_connection_is_named(recipe):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = submit(recipe, f"http://127.0.0.1:{port}", "--yes", **TOKEN)
    assert done.returncode == 2
    assert "Kaggle cannot be reached (ConnectionError)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_recipe_without_a_competition_is_refused(kaggle, recipe):
    text = (recipe / "params.yaml").read_text()
    (recipe / "params.yaml").write_text(text.replace("competitions/first-steps-with-julia", "datasets/some/letters"))
    done = submit(recipe, kaggle.url, "--yes", **TOKEN)
    assert done.stderr.endswith("dataset.kaggle: expected competitions/NAME, received datasets/some/letters.\n")


def test_a_recipe_that_was_not_run_is_named(kaggle, recipe):
    (recipe / "data/submission.csv").unlink()
    done = submit(recipe, kaggle.url, "--yes", **TOKEN)
    expected = f"letterpress submit: {recipe}/data/submission.csv is missing; run `dvc --cd {recipe} repro`.\n"
    assert (done.returncode, done.stderr) == (2, expected)

"""The download from Kaggle: its own client in a subprocess, with a stand-in for its servers."""

import base64
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.archives import zipped
from tests.counts import INPUTS, count
from tests.imports import ROOT
from tests.kaggle_standin import kaggle_standin

ARCHIVE = zipped({"train/1.png": np.random.default_rng(0).bytes(10_000)})
WHOLE = {"letters.zip": ARCHIVE}
COMPETITION, DATASET = "competitions/first-steps-with-julia", "datasets/someone/a-set"
LEGACY_KEY = {"KAGGLE_USERNAME": "someone", "KAGGLE_KEY": "secret"}
TOKEN_HELP = (
    "make one at kaggle.com/settings/api and save it as ~/.kaggle/access_token, "
    "or a legacy key as ~/.kaggle/kaggle.json"
)
NO_TOKEN = (
    f"No valid Kaggle token was found; {TOKEN_HELP}, or put the archive into a folder "
    "and name that folder in LETTERPRESS_ARCHIVES."
)

# The stand-in replaces Kaggle's endpoint, and sleeping takes no time.
DOWNLOAD = """
import sys, time
from pathlib import Path
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv[1]
time.sleep = lambda seconds: None
from letterpress.sources.fetch import fetch
from letterpress.infrastructure.errors import UserError
from letterpress.configuration.data import DatasetConfig
dataset = DatasetConfig("letters", "kaggle", "labels-csv", None, sys.argv[2], None, None, None)
try:
    fetch(dataset, Path("raw/letters.zip"))
except UserError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def kaggle():
    with kaggle_standin(ARCHIVE) as server:
        yield server


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    return tmp_path / "home"


def download(home, url, handle=COMPETITION, **token):
    """Run the fetch in home's parent; return its error message, which is all that it prints."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home)} | token
    command = [sys.executable, "-c", DOWNLOAD, url, handle]
    done = subprocess.run(command, cwd=home.parent, env=environment, capture_output=True, text=True, timeout=50)
    assert done.stdout == ""
    assert done.returncode == (1 if done.stderr else 0)
    return done.stderr.strip()


def raw_files(home):
    """Return the files in raw/ and their content."""
    return {path.name: path.read_bytes() for path in (home.parent / "raw").iterdir()}


@pytest.mark.parametrize(
    ("handle", "call", "parameters"),
    [
        (
            COMPETITION,
            "competitions.CompetitionApiService/DownloadDataFiles",
            {"competitionName": "first-steps-with-julia"},
        ),
        (DATASET, "datasets.DatasetApiService/DownloadDataset", {"ownerSlug": "someone", "datasetSlug": "a-set"}),
    ],
)
def test_an_archive_is_downloaded_whole_and_nothing_else_is_written(kaggle, home, handle, call, parameters):
    assert download(home, kaggle.url, handle, **LEGACY_KEY) == ""
    assert raw_files(home) == WHOLE
    assert kaggle.calls == [(call, parameters)]
    files = sorted(path.relative_to(home.parent).as_posix() for path in home.parent.rglob("*"))
    assert files == ["home", "home/.kaggle", "raw", "raw/letters.zip"]


@pytest.mark.parametrize(
    ("file", "content", "authorization"),
    [
        ("access_token", "secret\n", "Bearer secret"),
        (
            "kaggle.json",
            '{"username": "someone", "key": "secret"}',
            f"Basic {base64.b64encode(b'someone:secret').decode()}",
        ),
    ],
)
def test_the_token_is_read_from_the_files_in_the_help(kaggle, home, file, content, authorization):
    assert file in TOKEN_HELP
    (home / ".kaggle" / file).write_text(content)
    assert download(home, kaggle.url) == ""
    assert raw_files(home) == WHOLE
    assert kaggle.authorizations[-1] == authorization


@pytest.mark.parametrize(
    ("handle", "status", "reason"),
    [
        (COMPETITION, 401, f"Kaggle does not accept your token; {TOKEN_HELP}."),
        (
            COMPETITION,
            403,
            "Kaggle forbids the download; "
            "open kaggle.com/competitions/first-steps-with-julia, accept the rules there, then run again.",
        ),
        (
            DATASET,
            404,
            "Kaggle does not know that name; correct dataset.kaggle in params.yaml "
            "(kaggle.com/datasets/someone/a-set).",
        ),
        (COMPETITION, 429, "Kaggle asks you to wait; run again in some minutes."),
        (DATASET, 503, "Kaggle returned the status 503; run again later."),
    ],
)
def test_an_error_of_kaggle_is_one_sentence_and_leaves_nothing(kaggle, home, handle, status, reason):
    kaggle.status = status
    assert download(home, kaggle.url, handle, **LEGACY_KEY) == f"{handle}: {reason}"
    assert raw_files(home) == {}


def test_a_missing_token_raises_an_error_with_the_remedy(kaggle, home):
    assert download(home, kaggle.url) == NO_TOKEN
    assert raw_files(home) == {}
    assert kaggle.calls == []


@pytest.mark.parametrize("name", ["kaggle.json", "access_token"])
def test_a_token_that_is_a_folder_is_named(kaggle, home, name):
    """Docker makes a folder of a file that is to be mounted and is not there."""
    count(INPUTS)
    (home / ".kaggle" / name).mkdir()
    error = download(home, kaggle.url)
    assert error.startswith(f"{home}/.kaggle/{name}: Kaggle's client cannot use it (Is a directory); ")
    assert "KAGGLE_CONFIG_DIR, or put the archive into a folder" in error
    assert raw_files(home) == {}


@pytest.mark.parametrize("folder", ["/proc/nohome", "/dev/null/home"])
@pytest.mark.parametrize("variable", ["HOME", "KAGGLE_CONFIG_DIR"])
def test_a_home_where_nothing_can_be_written_is_named(kaggle, home, folder, variable):
    count(INPUTS)
    error = download(home, kaggle.url, **{**LEGACY_KEY, variable: folder})
    assert error.startswith(folder.removesuffix("/home"))
    assert "Kaggle's client cannot use it (" in error
    assert "KAGGLE_CONFIG_DIR" in error
    assert "connection" not in error


def test_with_a_folder_for_its_files_no_home_is_needed(kaggle, home):
    assert download(home, kaggle.url, **LEGACY_KEY, HOME="/proc/nohome", KAGGLE_CONFIG_DIR=str(home)) == ""
    assert raw_files(home) == WHOLE


@pytest.mark.parametrize("content", ["no JSON", "[]", "{}", '{"username": "someone"}', ""])
def test_a_file_without_a_key_is_like_a_missing_token(kaggle, home, content):
    count(INPUTS)
    (home / ".kaggle/kaggle.json").write_text(content)
    assert download(home, kaggle.url) == NO_TOKEN


def test_an_expired_token_is_like_a_missing_one(kaggle, home):
    kaggle.active = False
    assert download(home, kaggle.url, KAGGLE_API_TOKEN="old") == NO_TOKEN
    assert raw_files(home) == {}


def test_a_token_that_kaggle_rejects_is_not_reported_as_missing(kaggle, home):
    kaggle.token_status = 401
    error = download(home, kaggle.url, KAGGLE_API_TOKEN="wrong")
    assert error == f"{COMPETITION}: Kaggle does not accept your token; {TOKEN_HELP}."
    assert raw_files(home) == {}


@pytest.mark.parametrize("token", [LEGACY_KEY, {"KAGGLE_API_TOKEN": "secret"}])
def test_without_a_connection_the_token_is_not_reported(home, token):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = download(home, f"http://127.0.0.1:{port}", **token)
    assert error == (
        f"{COMPETITION}: the download broke off (ConnectionError); check your connection and run the stage again."
    )
    assert raw_files(home) == {}


def test_a_broken_connection_is_resumed(kaggle, home):
    kaggle.breaks = 2
    assert download(home, kaggle.url, **LEGACY_KEY) == ""
    assert raw_files(home) == WHOLE
    assert kaggle.n_downloads == 3


def test_a_connection_that_breaks_again_and_again_leaves_nothing(kaggle, home):
    kaggle.breaks = 100
    error = download(home, kaggle.url, **LEGACY_KEY)
    assert error == (
        f"{COMPETITION}: the download broke off (ChunkedEncodingError); "
        "check your connection and run the stage again."
    )
    assert raw_files(home) == {}
    assert kaggle.n_downloads == 6


def test_an_error_page_is_not_appended_to_the_archive(kaggle, home):
    kaggle.breaks, kaggle.expires = 1, True
    error = download(home, kaggle.url, **LEGACY_KEY)
    assert error == (
        f"{COMPETITION}: the download broke off (ValueError); check your connection and run the stage again."
    )
    assert raw_files(home) == {}


def test_a_web_page_instead_of_a_zip_is_refused(kaggle, home):
    kaggle.content = b"<html>Sign in</html>"
    error = download(home, kaggle.url, **LEGACY_KEY)
    assert error == "letters.zip: the archive is broken (File is not a zip file); get it again."
    assert raw_files(home) == {}


def test_leftovers_of_a_killed_run_are_removed(kaggle, home):
    leftover = home.parent / "raw" / ".partial.4194304.letters.zip.download"  # no process has such an id
    leftover.mkdir(parents=True)
    (leftover / "another-name.zip").write_bytes(b"half")
    assert download(home, kaggle.url, **LEGACY_KEY) == ""
    assert raw_files(home) == WHOLE

"""The download from Kaggle, with Kaggle's own client in a process of its own and a stand-in for its servers."""

import base64
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.archives import zipped
from tests.imports import ROOT
from tests.kaggle_standin import standing_in

ARCHIVE = zipped({"train/1.png": np.random.default_rng(0).bytes(10_000)})
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

# Kaggle's endpoint becomes the stand-in, and waiting takes no time.
DOWNLOAD = """
import sys, time
from pathlib import Path
from kagglesdk import kaggle_env
kaggle_env._env_to_endpoint[kaggle_env.KaggleEnv.PROD] = sys.argv[1]
time.sleep = lambda seconds: None
from letterpress.sources.fetch import fetch
from letterpress.infrastructure.errors import UserError
from letterpress.configuration.data import DatasetConfig
try:
    fetch(DatasetConfig("letters", "kaggle", "labels-csv", None, sys.argv[2], None, None, None), Path("raw/letters.zip"))
except UserError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def kaggle():
    with standing_in(ARCHIVE) as server:
        yield server


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home" / ".kaggle").mkdir(parents=True)
    return tmp_path / "home"


def download(home, url, handle=COMPETITION, **token):
    """Run the fetch in home's parent; returns what it said in the end, which is all that it says."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(home), **token}
    command = [sys.executable, "-c", DOWNLOAD, url, handle]
    done = subprocess.run(command, cwd=home.parent, env=environment, capture_output=True, text=True, timeout=50)
    assert done.stdout == ""
    assert done.returncode == (1 if done.stderr else 0)
    return done.stderr.strip()


def fetched(home):
    """The files in raw/ and their content."""
    return {path.name: path.read_bytes() for path in (home.parent / "raw").iterdir()}


def test_a_competitions_archive_is_kept_whole_as_one_zip(kaggle, home):
    assert download(home, kaggle.url, COMPETITION, **LEGACY_KEY) == ""
    assert fetched(home) == {"letters.zip": ARCHIVE}
    assert kaggle.asked == [
        ("competitions.CompetitionApiService/DownloadDataFiles", {"competitionName": "first-steps-with-julia"})
    ]


def test_a_datasets_archive_is_kept_whole_as_one_zip(kaggle, home):
    assert download(home, kaggle.url, DATASET, **LEGACY_KEY) == ""
    assert fetched(home) == {"letters.zip": ARCHIVE}
    assert kaggle.asked == [
        ("datasets.DatasetApiService/DownloadDataset", {"ownerSlug": "someone", "datasetSlug": "a-set"})
    ]


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
def test_the_token_is_read_from_the_files_that_the_help_names(kaggle, home, file, content, authorization):
    assert file in TOKEN_HELP
    (home / ".kaggle" / file).write_text(content)
    assert download(home, kaggle.url) == ""
    assert fetched(home) == {"letters.zip": ARCHIVE}
    assert kaggle.authorizations[-1] == authorization


def test_nothing_but_the_archive_is_written(kaggle, home):
    download(home, kaggle.url, **LEGACY_KEY)
    files = sorted(path.relative_to(home.parent).as_posix() for path in home.parent.rglob("*"))
    assert files == ["home", "home/.kaggle", "raw", "raw/letters.zip"]


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
            "Kaggle knows nothing of that name; correct dataset.kaggle in params.yaml "
            "(kaggle.com/datasets/someone/a-set).",
        ),
        (COMPETITION, 429, "Kaggle asks you to wait; run again in some minutes."),
        (DATASET, 503, "Kaggle answered with status 503; run again later."),
    ],
)
def test_a_refusal_ends_in_one_sentence_and_leaves_nothing(kaggle, home, handle, status, reason):
    kaggle.status = status
    assert download(home, kaggle.url, handle, **LEGACY_KEY) == f"{handle}: {reason}"
    assert fetched(home) == {}


def test_without_a_token_it_is_said_how_to_get_one(kaggle, home):
    assert download(home, kaggle.url) == NO_TOKEN
    assert fetched(home) == {}
    assert kaggle.asked == []


def test_a_token_that_is_not_valid_any_more_is_like_none(kaggle, home):
    kaggle.active = False
    assert download(home, kaggle.url, KAGGLE_API_TOKEN="old") == NO_TOKEN
    assert fetched(home) == {}


def test_a_token_that_kaggle_does_not_accept_is_not_called_missing(kaggle, home):
    kaggle.token_status = 401
    said = download(home, kaggle.url, KAGGLE_API_TOKEN="wrong")
    assert said == f"{COMPETITION}: Kaggle does not accept your token; {TOKEN_HELP}."
    assert fetched(home) == {}


@pytest.mark.parametrize("token", [LEGACY_KEY, {"KAGGLE_API_TOKEN": "secret"}])
def test_without_a_connection_it_is_not_the_token_that_is_blamed(home, token):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    said = download(home, f"http://127.0.0.1:{port}", **token)
    assert said == (
        f"{COMPETITION}: the download broke off (ConnectionError); check your connection and run the stage again."
    )
    assert fetched(home) == {}


def test_a_connection_that_breaks_off_is_taken_up_again(kaggle, home):
    kaggle.breaks = 2
    assert download(home, kaggle.url, **LEGACY_KEY) == ""
    assert fetched(home) == {"letters.zip": ARCHIVE}
    assert kaggle.fetched == 3


def test_a_connection_that_breaks_off_again_and_again_leaves_nothing(kaggle, home):
    kaggle.breaks = 100
    said = download(home, kaggle.url, **LEGACY_KEY)
    assert said == (
        f"{COMPETITION}: the download broke off (ChunkedEncodingError); "
        "check your connection and run the stage again."
    )
    assert fetched(home) == {}
    assert kaggle.fetched == 6


def test_an_error_page_is_not_taken_for_the_rest_of_the_archive(kaggle, home):
    kaggle.breaks, kaggle.expires = 1, True
    said = download(home, kaggle.url, **LEGACY_KEY)
    assert said == (
        f"{COMPETITION}: the download broke off (ValueError); check your connection and run the stage again."
    )
    assert fetched(home) == {}


def test_what_is_no_zip_is_refused(kaggle, home):
    kaggle.content = b"<html>Sign in</html>"
    said = download(home, kaggle.url, **LEGACY_KEY)
    assert said == "letters.zip: the archive is broken (File is not a zip file); get it again."
    assert fetched(home) == {}


def test_what_a_killed_run_left_is_removed(kaggle, home):
    left = home.parent / "raw" / ".partial.4194304.letters.zip.download"  # no process has such an id
    left.mkdir(parents=True)
    (left / "another-name.zip").write_bytes(b"half")
    assert download(home, kaggle.url, **LEGACY_KEY) == ""
    assert fetched(home) == {"letters.zip": ARCHIVE}

"""Download with Kaggle's own client, which keeps the archive whole (kagglehub unpacks it)."""

import contextlib
import io
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import requests

from letterpress.errors import UserError
from letterpress.params.dataset import Dataset

FOLDER_VARIABLE = "LETTERPRESS_ARCHIVES"
ROOT = Path(__file__).parents[4]
TOKEN_HELP = (
    "make one at kaggle.com/settings/api and save it as ~/.kaggle/access_token, "
    "or a legacy key as ~/.kaggle/kaggle.json"
)


def fetch(dataset: Dataset, target: Path) -> None:
    """Copy <name>.zip from the folder $LETTERPRESS_ARCHIVES, or else download it from Kaggle."""
    kept = kept_archive(dataset.name)
    if kept is not None:
        shutil.copyfile(kept, target)
    else:
        download(dataset.kaggle, target)


def kept_archive(name: str) -> Path | None:
    """The archive in the folder that the environment names, if there is one.

    A relative folder is looked up from here and from the project's root, for
    DVC runs a recipe's stages in the recipe's folder.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if not named:
        return None
    folders = [folder for folder in (Path(named), ROOT / named) if folder.is_dir()]
    if not folders:
        raise UserError(f"{FOLDER_VARIABLE}: {named} is no folder; correct or unset it.")
    return next((f / f"{name}.zip" for f in folders if (f / f"{name}.zip").is_file()), None)


def download(handle: str, target: Path) -> None:
    """Download competitions/NAME or datasets/OWNER/NAME as one zip.

    A connection that breaks off is taken up again for about a minute. What
    the client prints is kept off the screen, but for its progress bar.
    """
    folder = target.with_name(f"{target.name}.download")
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _download(handle, folder)
        (file,) = (path for path in folder.rglob("*") if path.is_file())
        file.replace(target)
    except requests.HTTPError as error:
        raise UserError(explain(handle, error.response.status_code)) from error
    except (requests.RequestException, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserError(
            f"{handle}: the download broke off ({reason}); check your connection and run the stage again."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(handle: str, folder: Path) -> None:
    kind, _, name = handle.partition("/")
    api, quiet = _client(), not sys.stderr.isatty()
    if kind == "competitions":
        api.competition_download_files(name, path=str(folder), force=True, quiet=quiet)
    else:
        api.dataset_download_files(name, path=str(folder), force=True, quiet=quiet, unzip=False)


def _client() -> Any:
    """An authenticated client of Kaggle's."""
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi  # importing it reads the token

        api = KaggleApi()
        api.authenticate()
    except requests.RequestException:
        raise  # a token was found; what became of the request is for download() to say
    except (SystemExit, KeyError, ValueError) as error:
        raise UserError(
            f"No valid Kaggle token was found; {TOKEN_HELP}, or put the archive into a folder "
            f"and name that folder in {FOLDER_VARIABLE}."
        ) from error
    return api


def explain(handle: str, status: int) -> str:
    """One sentence on what to do about an answer of Kaggle's."""
    page = f"kaggle.com/{handle}"
    reasons = {
        401: f"Kaggle does not accept your token; {TOKEN_HELP}.",
        403: f"Kaggle forbids the download; open {page}, accept the rules there, then run again.",
        404: f"Kaggle knows nothing of that name; correct dataset.kaggle in params.yaml ({page}).",
        429: "Kaggle asks you to wait; run again in some minutes.",
    }
    return f"{handle}: {reasons.get(status, f'Kaggle answered with status {status}; run again later.')}"

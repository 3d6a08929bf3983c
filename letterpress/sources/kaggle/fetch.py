"""Download with Kaggle's own client, which keeps the archive whole (kagglehub unpacks it)."""

import contextlib
import io
import os
import shutil
import sys
from pathlib import Path

import requests

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.errors import UserError
from letterpress.sources.kaggle.client import authenticate, explain_status

FOLDER_VARIABLE = "LETTERPRESS_ARCHIVES"
ROOT = Path(__file__).parents[3]
ALTERNATIVE = f", or put the archive into a folder and name that folder in {FOLDER_VARIABLE}"


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Copy <name>.zip from the folder $LETTERPRESS_ARCHIVES, or else download it from Kaggle."""
    archive = find_local_archive(dataset.name)
    if archive is not None:
        shutil.copyfile(archive, target)
    else:
        download(dataset.kaggle, target)


def find_local_archive(name: str) -> Path | None:
    """Return the archive in the folder that the environment names, or None.

    A relative folder is taken from the working directory or the project's
    root, since DVC runs a recipe's stages in the recipe's folder.
    """
    value = os.environ.get(FOLDER_VARIABLE)
    if not value:
        return None
    folders = [folder for folder in (Path(value), ROOT / value) if folder.is_dir()]
    if not folders:
        raise UserError(f"{FOLDER_VARIABLE}: {value} is not a folder; correct or unset it.")
    archives = (folder / f"{name}.zip" for folder in folders)
    return next((archive for archive in archives if archive.is_file()), None)


def download(handle: str, target: Path) -> None:
    """Download competitions/NAME or datasets/OWNER/NAME as one zip.

    The client resumes a broken connection for about a minute. Of what it
    prints only the progress bar is shown. Raises UserError where it fails,
    OSError where the disk is full.
    """
    folder = target.with_name(f"{target.name}.download")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            _download(handle, folder)
        (file,) = (path for path in folder.rglob("*") if path.is_file())
        file.replace(target)
    except requests.HTTPError as error:
        raise UserError(explain_status(handle, error.response.status_code, "download")) from error
    except (requests.RequestException, ConnectionError, TimeoutError, ValueError) as error:
        reason = type(error).__name__
        raise UserError(
            f"{handle}: the download broke off ({reason}); check your connection and run the stage again."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(handle: str, folder: Path) -> None:
    category, _, name = handle.partition("/")
    api, quiet = authenticate(ALTERNATIVE), not sys.stderr.isatty()
    if category == "competitions":
        api.competition_download_files(name, path=str(folder), force=True, quiet=quiet)
    else:
        api.dataset_download_files(name, path=str(folder), force=True, quiet=quiet, unzip=False)

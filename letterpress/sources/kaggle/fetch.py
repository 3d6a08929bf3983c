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
from letterpress.sources.kaggle.client import authenticated, explain

FOLDER_VARIABLE = "LETTERPRESS_ARCHIVES"
ROOT = Path(__file__).parents[3]
INSTEAD = f", or put the archive into a folder and name that folder in {FOLDER_VARIABLE}"


def fetch(dataset: DatasetConfig, target: Path) -> None:
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
        raise UserError(explain(handle, error.response.status_code, "download")) from error
    except (requests.RequestException, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise UserError(
            f"{handle}: the download broke off ({reason}); check your connection and run the stage again."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(handle: str, folder: Path) -> None:
    kind, _, name = handle.partition("/")
    api, quiet = authenticated(INSTEAD), not sys.stderr.isatty()
    if kind == "competitions":
        api.competition_download_files(name, path=str(folder), force=True, quiet=quiet)
    else:
        api.dataset_download_files(name, path=str(folder), force=True, quiet=quiet, unzip=False)

"""Kaggle's own client with the user's token, and what its status codes mean."""

from typing import Any

import requests

from letterpress.infrastructure.errors import UserError

TOKEN_HELP = (
    "make one at kaggle.com/settings/api and save it as ~/.kaggle/access_token, "
    "or a legacy key as ~/.kaggle/kaggle.json"
)


def authenticate(alternative: str = "") -> Any:
    """Return Kaggle's client with the user's token.

    Raises UserError, with the `alternative` to a token, where there is no
    valid one or its folder cannot be used, and requests.RequestException where
    Kaggle cannot be reached.
    """
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi  # importing it reads the token

        api = KaggleApi()
        api.authenticate()
    except requests.RequestException:
        raise  # there is a token; the caller explains what became of the request
    except OSError as error:
        raise UserError(
            f"{error.filename}: Kaggle's client cannot use it ({error.strerror}); correct that, or name a folder "
            f"that can be written, with your kaggle.json, in KAGGLE_CONFIG_DIR{alternative}."
        ) from error
    except (SystemExit, KeyError, TypeError, ValueError) as error:
        raise UserError(f"No valid Kaggle token was found; {TOKEN_HELP}{alternative}.") from error
    return api


def explain_status(handle: str, status: int, action: str) -> str:
    """Return one sentence on what to do about a status code of Kaggle's for an action, as `download`."""
    page = f"kaggle.com/{handle}"
    reasons = {
        401: f"Kaggle does not accept your token; {TOKEN_HELP}.",
        403: f"Kaggle forbids the {action}; open {page}, accept the rules there, then run again.",
        404: f"Kaggle does not know that name; correct dataset.kaggle in params.yaml ({page}).",
        429: "Kaggle asks you to wait; run again in some minutes.",
    }
    return f"{handle}: {reasons.get(status, f'Kaggle returned the status {status}; run again later.')}"

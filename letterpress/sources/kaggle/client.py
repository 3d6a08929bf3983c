"""Kaggle's own client with the user's token, and what its answers mean."""

from typing import Any

import requests

from letterpress.infrastructure.errors import UserError

TOKEN_HELP = (
    "make one at kaggle.com/settings/api and save it as ~/.kaggle/access_token, "
    "or a legacy key as ~/.kaggle/kaggle.json"
)


def authenticated(instead: str = "") -> Any:
    """The client.

    Raises UserError where there is no valid token, saying what can be done
    `instead`, and requests.RequestException where Kaggle cannot be asked.
    """
    try:
        from kaggle.api.kaggle_api_extended import KaggleApi  # importing it reads the token

        api = KaggleApi()
        api.authenticate()
    except requests.RequestException:
        raise  # a token was found; what became of the request is for the caller to say
    except (SystemExit, KeyError, ValueError) as error:
        raise UserError(f"No valid Kaggle token was found; {TOKEN_HELP}{instead}.") from error
    return api


def explain(handle: str, status: int, work: str) -> str:
    """One sentence on what to do about Kaggle's answer to some `work`, as `download`."""
    page = f"kaggle.com/{handle}"
    reasons = {
        401: f"Kaggle does not accept your token; {TOKEN_HELP}.",
        403: f"Kaggle forbids the {work}; open {page}, accept the rules there, then run again.",
        404: f"Kaggle knows nothing of that name; correct dataset.kaggle in params.yaml ({page}).",
        429: "Kaggle asks you to wait; run again in some minutes.",
    }
    return f"{handle}: {reasons.get(status, f'Kaggle answered with status {status}; run again later.')}"

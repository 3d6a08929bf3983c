"""The file data/ensemble/temperature.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import TEMPERATURE


@dataclass(frozen=True)
class Temperature:
    """The temperature of an ensemble's probabilities.

    fitted_on: `oof`, `half of the hold-out` or, where images are too few, `none`. n: how many images.
    """

    temperature: float
    fitted_on: str
    n: int


def load_temperatures(path: Path = TEMPERATURE) -> dict[str, Temperature]:
    """Read the temperatures of `new_images` and of the `final` predictions, which differ by the context.

    Raises UserError where the file is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: Temperature(**content[name]) for name in ("new_images", "final")}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: cannot be read ({error}); run `dvc repro average`.") from error

"""Search spaces as people write them: KEY=1..30, KEY=log:0.02..0.3 or KEY=a,b,c."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from letterpress.infrastructure.errors import UserError

if TYPE_CHECKING:
    from optuna import Trial

NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
RANGE = re.compile(rf"(?P<log>log:)?(?P<low>{NUMBER})\.\.(?P<high>{NUMBER})", re.IGNORECASE)
EXPECTED = "expected LOW..HIGH, log:LOW..HIGH or choices as a,b,c"


@dataclass(frozen=True)
class Dimension:
    """One parameter to search: a range of whole numbers or of floats, or choices.

    current: the value in params.yaml. choices: none for a range.
    """

    key: str
    current: Any
    choices: tuple = ()
    low: float = 0
    high: float = 0
    log: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether the range is of whole numbers: both bounds are, and the value in params.yaml is, or null."""
        bounds = isinstance(self.low, int) and isinstance(self.high, int) and not self.choices
        return bounds and type(self.current) in (int, type(None))

    def suggest(self, trial: "Trial") -> Any:
        """Ask Optuna for a value, floats with four significant digits."""
        if self.choices:
            return trial.suggest_categorical(self.key, self.choices)
        if self.is_whole:
            return trial.suggest_int(self.key, self.low, self.high, log=self.log)
        return float(f"{trial.suggest_float(self.key, self.low, self.high, log=self.log):.4g}")

    def contains_current(self) -> bool:
        """Return whether the value in params.yaml is in the space."""
        if self.choices:
            return self.current in self.choices
        is_number = isinstance(self.current, int | float) and not isinstance(self.current, bool)
        return is_number and self.low <= self.current <= self.high


def parse_dimension(text: str, params: dict) -> Dimension:
    """Parse KEY=SPACE; raise UserError where params.yaml, read as `params`, has no such key, or the space is none."""
    key, separator, space = text.partition("=")
    if not separator or not space:
        raise UserError(f"-S {text}: expected KEY=SPACE; {EXPECTED}.")
    current = find_value(params, key)
    if match := RANGE.fullmatch(space):
        low, high = yaml_number(match["low"]), yaml_number(match["high"])
        if not low < high or (match["log"] and low <= 0):
            raise UserError(f"-S {text}: expected LOW below HIGH{', above 0 with log' if match['log'] else ''}.")
        return Dimension(key, current, (), low, high, bool(match["log"]))
    choices = tuple(yaml.safe_load(choice) for choice in space.split(","))
    if ".." in space or len(set(map(str, choices))) < 2:
        raise UserError(f"-S {text}: {EXPECTED}.")
    return Dimension(key, current, choices)


def find_value(params: dict, key: str) -> Any:
    """Return the value under a dotted key, whose numbers are indices of lists; raise UserError if there is none."""
    value: Any = params
    for part in key.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise UserError(f"-S {key}: params.yaml has no such key; docs/parameters.md lists all.") from error
    return value


def yaml_number(text: str) -> int | float:
    """Return a whole number or a float."""
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)

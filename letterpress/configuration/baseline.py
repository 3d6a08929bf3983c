"""The section `published`: what the recipe's figures are compared with; of the stages the report alone reads it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Baseline:
    """Somebody's published accuracy, and how far the recipe follows them."""

    accuracy: dict[str, float]  # of `all` images, or of each group of classes
    of: Literal["member", "ensemble"]  # which of ours it is to be compared with
    evaluated_on: str  # which images it was published for
    compute: str | None  # what it took, as published
    source: str  # author, title, year
    reduced: str | None  # what the recipe cuts; null: nothing

    def __post_init__(self) -> None:
        if not self.accuracy or not all(0 < value <= 1 for value in self.accuracy.values()):
            raise ValueError("accuracy: expected fractions of 1 under `all`, or under the groups' names.")

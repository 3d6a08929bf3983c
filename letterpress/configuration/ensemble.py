"""The section `ensemble`: the members, and how their probabilities become one."""

import re
from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.member import Member


@dataclass(frozen=True)
class Ensemble:
    """`weights` has a number for each member when the method is `weights`, else it is null."""

    method: Literal["mean", "geometric_mean", "weighted_mean", "stacking"]
    weights: dict[str, float] | None
    members: dict[str, Member]

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("members is empty; give at least one.")
        for key in self.members:
            if not re.fullmatch(r"[\w-]+", key):
                raise ValueError(f"members: expected letters, digits, '-' and '_' as keys, received {key!r}.")
        if (self.method == "weighted_mean") != (self.weights is not None):
            raise ValueError("weights: expected a number for each member with the method weights, else null.")
        if self.weights is not None:
            if set(self.weights) != set(self.members):
                raise ValueError("weights: expected exactly the keys of ensemble.members.")
            if min(self.weights.values()) < 0 or sum(self.weights.values()) <= 0:
                raise ValueError("weights: expected no negative number and a positive sum.")

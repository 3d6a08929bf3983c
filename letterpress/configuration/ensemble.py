"""The sections `predict`, `ensemble` and `context`: the members, and how their predictions become one."""

import re
from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loader import within


@dataclass(frozen=True)
class MemberConfig:
    """A network of the zoo with its options, and the seed of its split, weights and batches."""

    network: str  # a module of letterpress/networks
    seed: int = within(0, 2**32 - 1)
    kwargs: dict[str, int | float]  # the keyword arguments of that module's build()


@dataclass(frozen=True)
class ViewConfig:
    """One fixed change of an image; probabilities are averaged over the views."""

    rotation: float = within(-180, 180)  # degrees
    zoom: float = within(0.1, 10)  # 1.1 enlarges by a tenth
    invert: bool


@dataclass(frozen=True)
class PredictConfig:
    """Images at once, and the views whose probabilities are averaged."""

    batch_size: int = within(1)
    tta: tuple[ViewConfig, ...]

    def __post_init__(self) -> None:
        if not self.tta:
            raise ValueError("views is empty; give at least the unchanged image.")


@dataclass(frozen=True)
class EnsembleConfig:
    """`weights` has a number for each member when the method is `weights`, else it is null."""

    method: Literal["mean", "geometric_mean", "weighted_mean", "stacking"]
    weights: dict[str, float] | None
    members: dict[str, MemberConfig]

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


@dataclass(frozen=True)
class ContextConfig:
    """`context: null` judges each image alone."""

    n_neighbors: int = within(1)  # the nearest pictures that are looked at
    folds: int = within(2)  # in which the models of kinds judge each other's images, to tell how far to trust them
    n_photos: int = within(2)  # about so many they were cut from; for the figures with photographs kept whole

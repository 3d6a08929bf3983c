"""The sections `baseline`, `cluster` and `gate`: no figure depends on them."""

from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loader import within


@dataclass(frozen=True)
class BaselineConfig:
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


@dataclass(frozen=True)
class ClusterConfig:
    """`cluster: null` trains members on this machine."""

    address: str  # of a running Ray cluster: HOST:PORT, or auto for the one that this machine belongs to
    cpus: float = within(0)  # that a member takes of a node
    gpus: float = within(0)  # the same; fractions share a GPU


@dataclass(frozen=True)
class GateConfig:
    """Accuracies are fractions of 1."""

    strict: bool  # dvc.lock must match the code, too
    tolerance: float = within(0, 1)  # the drop against the base that still passes
    min_accuracy: float = within(0, 1)  # the accuracy below which nothing passes

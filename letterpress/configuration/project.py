"""The sections `baseline`, `cluster` and `gate`: no prediction depends on them."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool
from pydantic.dataclasses import dataclass

from letterpress.configuration.fields import SECTION, Fraction, NoBool, NonNegative

Accuracy = Annotated[float, Field(gt=0, le=1), NoBool]


@dataclass(frozen=True, config=SECTION)
class BaselineConfig:
    """A published accuracy that `make table` compares the recipe with; null: none."""

    accuracy: dict[str, Accuracy] = Field(
        min_length=1, description="Published accuracy, as a fraction, of `all` images or of each group of classes."
    )
    of: Literal["member", "ensemble"] = Field(description="Which of the recipe's accuracies it is compared with.")
    evaluated_on: str = Field(description="The images that the published accuracy was measured on.")
    compute: str | None = Field(description="Published time and hardware.")
    source: str = Field(description="Author, title, year.")
    reduced: str | None = Field(description="What the recipe reduces against the publication; null: nothing.")


@dataclass(frozen=True, config=SECTION)
class ClusterConfig:
    """A Ray cluster to train members on; null trains them on this machine."""

    address: str = Field(description="HOST:PORT of the cluster, or auto for the one this machine belongs to.")
    cpus: NonNegative = Field(description="CPUs of a node that a member takes.")
    gpus: NonNegative = Field(description="GPUs of a node that a member takes; members share a GPU by fractions.")


@dataclass(frozen=True, config=SECTION)
class GateConfig:
    """What a commit must keep to pass the gate."""

    strict: StrictBool = Field(description="Fail where dvc.lock is older than the code, too.")
    tolerance: Fraction = Field(description="Largest drop of an accuracy against the base commit that passes.")
    min_accuracy: Fraction = Field(description="Lowest accuracy that passes.")

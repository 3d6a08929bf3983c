"""The sections `predict`, `ensemble` and `context`: the members, and how their predictions are combined."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from letterpress.configuration.fields import SECTION, Count, Folds, MemberKey, NoBool, NonNegative, Number, Seed


@dataclass(frozen=True, config=SECTION)
class MemberConfig:
    """A network and its seed."""

    network: str = Field(description="A module of letterpress/networks.")
    seed: Seed = Field(description="Seed of the member's split, initial weights, batches and augmentation.")
    kwargs: dict[str, Number] = Field(description="The keyword arguments of the network's build(), all of them.")


@dataclass(frozen=True, config=SECTION)
class ViewConfig:
    """A transform for test-time augmentation; {} is the unchanged image."""

    rotation: Annotated[float, Field(ge=-180, le=180), NoBool] = Field(default=0.0, description="Degrees.")
    zoom: Annotated[float, Field(ge=0.1, le=10), NoBool] = Field(default=1.0, description="1.1 enlarges by a tenth.")
    invert: StrictBool = Field(default=False, description="Replace each pixel x in [0, 1] by 1 - x.")


@dataclass(frozen=True, config=SECTION)
class PredictConfig:
    """Prediction with a trained member."""

    tta: tuple[ViewConfig, ...] = Field(
        min_length=1, description="Test-time augmentation: probabilities are averaged over these transforms."
    )


@dataclass(frozen=True, config=SECTION)
class EnsembleConfig:
    """The members, and how their probabilities are combined."""

    method: Literal["mean", "geometric_mean", "weighted_mean", "stacking"] = Field(
        description="How the members' probabilities are combined."
    )
    weights: dict[str, NonNegative] | None = Field(
        description="A number for each member with the method weighted_mean, else null."
    )
    members: dict[MemberKey, MemberConfig] = Field(min_length=1, description="Each member under its name.")

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        weights, weighted = self.weights, self.method == "weighted_mean"
        if weights is not None and not weighted:
            raise ValueError(f"weights: expected null with the method {self.method}, received {weights}.")
        if weighted and set(weights or {}) != set(self.members):
            names = ", ".join(self.members)
            raise ValueError(f"weights: expected a number for each of {names}, received {weights}.")
        if weighted and sum(weights.values()) <= 0:
            raise ValueError(f"weights: expected a sum above 0, received {weights}.")
        return self


@dataclass(frozen=True, config=SECTION)
class ContextConfig:
    """Re-rank each image's classes by other crops of the same photo; null classifies each image on its own."""

    n_neighbors: Count = Field(
        description="Nearest neighbours per image: the crops most alike in colour, sharpness and height."
    )
    folds: Folds = Field(description="Folds of the cross-validation by which the re-ranking is fitted.")
    n_photos: Annotated[StrictInt, Field(ge=2)] = Field(
        description="Estimated number of photos; the accuracy grouped by photo uses that many groups."
    )

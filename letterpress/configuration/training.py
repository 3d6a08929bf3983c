"""The sections `aug`, `train` and `pretrain`: how a member is trained."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator
from pydantic.dataclasses import dataclass

from letterpress.configuration.fields import (
    SECTION,
    Count,
    Folds,
    Fraction,
    Index,
    NoBool,
    NonNegative,
    Number,
    Seed,
)

Positive = Annotated[float, Field(gt=0), NoBool]
Decay = Annotated[float, Field(ge=0, le=0.99999), NoBool]
Epsilon = Annotated[float, Field(ge=1e-12), NoBool]
Metric = Literal["accuracy", "loss"]

RATE = "Learning rate; with a schedule, its highest."
MOMENT = "Decay of the moving average of the gradient."
SECOND_MOMENT = "Decay of the moving average of the squared gradient."
EPSILON = "Added to the denominator."


@dataclass(frozen=True, config=SECTION)
class AugmentationConfig:
    """Random transforms of training images; a range is symmetric, so that 15 draws from -15 to 15."""

    rotation: Annotated[float, Field(ge=0, le=180), NoBool] = Field(description="Degrees.")
    shear: Annotated[float, Field(ge=0, le=60), NoBool] = Field(description="Degrees.")
    shear_axis: Literal["x", "y"] = Field(
        description="x slants the vertical strokes; y slants the horizontal ones, as Keras's ImageDataGenerator."
    )
    translation: Fraction = Field(description="Fraction of the side, each axis drawn separately.")
    zoom: Annotated[float, Field(ge=0, le=0.9), NoBool] = Field(
        description="Scale by a factor from 1 - zoom to 1 + zoom, each axis drawn separately."
    )
    brightness: Fraction = Field(description="Added to all pixels, clipped to the image's own range.")
    invert: Fraction = Field(description="Probability of replacing each pixel x in [0, 1] by 1 - x.")
    fill_mode: Literal["nearest", "constant", "reflect", "wrap"] = Field(
        description="What lies outside the image's border."
    )


@dataclass(frozen=True, config=SECTION)
class SgdConfig:
    """Stochastic gradient descent with momentum."""

    name: Literal["sgd"] = Field(description="The optimizer.")
    learning_rate: NonNegative = Field(description=RATE)
    momentum: Fraction = Field(description="Momentum; 0 is plain SGD.")
    nesterov: StrictBool = Field(description="Nesterov momentum.")


@dataclass(frozen=True, config=SECTION)
class AdamConfig:
    """Adam; with a weight decay, AdamW."""

    name: Literal["adam"] = Field(description="The optimizer.")
    learning_rate: NonNegative = Field(description=RATE)
    beta_1: Decay = Field(description=MOMENT)
    beta_2: Decay = Field(description=SECOND_MOMENT)
    epsilon: Epsilon = Field(description=EPSILON)


@dataclass(frozen=True, config=SECTION)
class AdamaxConfig:
    """Adam with the infinity norm."""

    name: Literal["adamax"] = Field(description="The optimizer.")
    learning_rate: NonNegative = Field(description=RATE)
    beta_1: Decay = Field(description=MOMENT)
    beta_2: Decay = Field(description=SECOND_MOMENT)
    epsilon: Epsilon = Field(description=EPSILON)


@dataclass(frozen=True, config=SECTION)
class AdadeltaConfig:
    """Adadelta; the original's learning rate is 1."""

    name: Literal["adadelta"] = Field(description="The optimizer.")
    learning_rate: NonNegative = Field(description=RATE)
    rho: Fraction = Field(description=SECOND_MOMENT)
    epsilon: Epsilon = Field(description=EPSILON)


@dataclass(frozen=True, config=SECTION)
class RmspropConfig:
    """RMSprop."""

    name: Literal["rmsprop"] = Field(description="The optimizer.")
    learning_rate: NonNegative = Field(description=RATE)
    rho: Fraction = Field(description=SECOND_MOMENT)
    epsilon: Epsilon = Field(description=EPSILON)


@dataclass(frozen=True, config=SECTION)
class OneCycleConfig:
    """Linear from 0 up to the optimizer's learning rate, then linear down to 0."""

    name: Literal["one-cycle"] = Field(description="The schedule.")
    pct_start: Fraction = Field(description="Fraction of the steps after which the learning rate is highest.")


@dataclass(frozen=True, config=SECTION)
class ReduceOnPlateauConfig:
    """Multiply the learning rate by `factor` after `patience` epochs without improvement."""

    name: Literal["plateau"] = Field(description="The schedule.")
    monitor: Metric = Field(description="Validation metric to improve.")
    factor: Fraction = Field(description="Factor of each reduction.")
    patience: Count = Field(description="Epochs without improvement before a reduction.")
    min_lr: NonNegative = Field(description="Lowest learning rate.")


@dataclass(frozen=True, config=SECTION)
class PhaseConfig:
    """Some epochs with one optimizer, with or without augmentation."""

    epochs: Count = Field(description="Number of epochs.")
    steps_per_epoch: Count | None = Field(description="Batches per epoch; null: as many full batches as there are.")
    augment: StrictBool = Field(description="Apply the section `aug`.")
    weight_decay: NonNegative = Field(description="Decoupled: each step shrinks kernels by learning rate x decay.")
    ema_decay: Decay = Field(
        description="Decay of the exponential moving average of the weights, which is what is evaluated and saved; "
        "0 turns it off."
    )
    optimizer: Annotated[
        SgdConfig | AdamConfig | AdamaxConfig | AdadeltaConfig | RmspropConfig, Field(discriminator="name")
    ] = Field(description="Optimizer and its arguments.")
    schedule: Annotated[OneCycleConfig | ReduceOnPlateauConfig, Field(discriminator="name")] | None = Field(
        description="Learning-rate schedule; null: constant."
    )


@dataclass(frozen=True, config=SECTION)
class SvcConfig:
    """RBF support vector classifiers instead of the last layer; C and gamma by cross-validated grid search."""

    name: Literal["svc"] = Field(description="The head.")
    c: tuple[Positive, ...] = Field(min_length=1, description="Grid of C.")
    gamma: tuple[Positive, ...] = Field(min_length=1, description="Grid of gamma.")
    folds: Folds = Field(description="Folds of the grid search.")
    by_group: StrictBool = Field(
        description="A classifier for each group of classes (numerals of numerals/7) instead of one for all."
    )
    fit_on_validation: StrictBool = Field(
        description="Fit on the validation images, too; then only the hold-out is out-of-sample."
    )


@dataclass(frozen=True, config=SECTION)
class TrainConfig:
    """Training of every member."""

    precision: Literal["auto", "float32", "bfloat16"] = Field(
        description="Compute type; auto is bfloat16 where the hardware computes in it, else float32."
    )
    per_pixel_standardize: StrictBool = Field(
        description="Standardize each pixel to mean 0 and standard deviation 1 over the member's training images."
    )
    batch_size: Count = Field(description="Images per batch.")
    label_smoothing: Fraction = Field(description="Label smoothing of the cross-entropy.")
    monitor: Metric | None = Field(
        description="Validation metric by which the best epoch is restored; null keeps the last epoch."
    )
    phases: tuple[PhaseConfig, ...] = Field(
        description="Run one after the other; none leaves the initial weights for a head to build on."
    )
    head: SvcConfig | None = Field(description="Replacement of the network's last layer; null: none.")
    class_weight: Literal["balanced"] | None = Field(
        default=None,
        description="Weights of the classes in the cross-entropy; balanced: n / (n_classes * n_of_the_class), as "
        "scikit-learn's, so that each class counts the same; null: none.",
    )

    @model_validator(mode="after")
    def _check_phases(self) -> Self:
        if not self.phases and self.head is None:
            raise ValueError("phases: expected at least one phase, or a head, received [].")
        return self


@dataclass(frozen=True, config=SECTION)
class PretrainedNetworkConfig:
    """A network that is pre-trained once for all members that use it."""

    seed: Seed = Field(description="Seed of its weights, batches and augmentation.")
    kwargs: dict[str, Number] = Field(description="The keyword arguments of build(): the same as its members'.")


@dataclass(frozen=True, config=SECTION)
class PretrainConfig:
    """Pre-training on synthetic images, and replay of them in training (rehearsal)."""

    n_images: Index = Field(description="Synthetic images to render; 0: none.")
    seed: Index = Field(description="Seed of the rendering.")
    rehearsal: Annotated[float, Field(ge=0, le=100), NoBool] = Field(
        description="Synthetic images that a member trains on for each real image, drawn again each epoch, "
        "against forgetting; 0: none."
    )
    aug: AugmentationConfig | None = Field(description="Augmentation in pre-training.")
    train: TrainConfig | None = Field(description="Pre-training itself.")
    networks: dict[str, PretrainedNetworkConfig | None] = Field(
        description="An entry for each network of the members; null starts them from random weights."
    )

    @model_validator(mode="after")
    def _check_needs(self) -> Self:
        if any(self.networks.values()):
            for key in ("aug", "train"):
                if getattr(self, key) is None:
                    raise ValueError(f"{key}: expected a section to pre-train networks with, received None.")
        if self.n_images == 0 and (any(self.networks.values()) or self.rehearsal > 0):
            raise ValueError("n_images: expected a number above 0 for pre-training or rehearsal, received 0.")
        return self

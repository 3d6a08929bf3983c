"""The sections `aug`, `train` and `pretrain`: how a member's weights come about."""

from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loader import within


@dataclass(frozen=True)
class AugmentationConfig:
    """Ranges are symmetric: a rotation of 15 draws from -15 to 15 degrees."""

    rotation: float = within(0, 180)  # degrees
    shear: float = within(0, 60)  # degrees
    shear_axis: Literal["x", "y"]  # along x letters lean; along y their lines climb, as ImageDataGenerator's did
    translation: float = within(0, 1)  # fraction of the side, each axis apart
    zoom: float = within(0, 0.9)  # of what is shown: the image times 1 - zoom … 1 + zoom, each axis apart
    brightness: float = within(0, 1)  # added to every pixel, clipped to the image's own range
    invert: float = within(0, 1)  # probability of 1 - image
    fill_mode: Literal["nearest", "constant", "reflect", "wrap"]  # what lies beyond the border


@dataclass(frozen=True)
class SgdConfig:
    """Stochastic gradient descent."""

    name: Literal["sgd"]
    learning_rate: float = within(0)
    momentum: float = within(0, 1)
    nesterov: bool


@dataclass(frozen=True)
class AdamConfig:
    """Adam, or AdamW with a weight decay."""

    name: Literal["adam"]
    learning_rate: float = within(0)
    beta_1: float = within(0, 0.99999)
    beta_2: float = within(0, 0.99999)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class AdamaxConfig:
    """Adam with the infinity norm."""

    name: Literal["adamax"]
    learning_rate: float = within(0)
    beta_1: float = within(0, 0.99999)
    beta_2: float = within(0, 0.99999)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class AdadeltaConfig:
    """Adadelta; the original's learning rate is 1."""

    name: Literal["adadelta"]
    learning_rate: float = within(0)
    rho: float = within(0, 1)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class RmspropConfig:
    """RMSprop."""

    name: Literal["rmsprop"]
    learning_rate: float = within(0)
    rho: float = within(0, 1)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class OneCycleConfig:
    """Linear from 0 up to the optimiser's rate, then linear down to 0."""

    name: Literal["one-cycle"]
    pct_start: float = within(0, 1)  # the fraction of the steps at which the rate is highest


@dataclass(frozen=True)
class ReduceOnPlateauConfig:
    """The rate times `factor` after `patience` epochs in which `monitor` did not improve."""

    name: Literal["plateau"]
    monitor: Literal["accuracy", "loss"]  # of validation
    factor: float = within(0, 1)
    patience: int = within(1)
    min_lr: float = within(0)  # the rate's floor


@dataclass(frozen=True)
class PhaseConfig:
    """One optimiser, with or without augmentation, for some epochs."""

    epochs: int = within(1)
    steps_per_epoch: int | None = within(1)  # per epoch; null: as many full batches as there are images for
    augment: bool
    weight_decay: float = within(0)  # decoupled: a kernel shrinks by learning rate x decay a step
    ema_decay: float = within(0, 0.99999)  # decay of the averaged weights that are judged and kept; 0 is off
    optimizer: SgdConfig | AdamConfig | AdamaxConfig | AdadeltaConfig | RmspropConfig
    schedule: OneCycleConfig | ReduceOnPlateauConfig | None  # null: a constant rate


@dataclass(frozen=True)
class SvcConfig:
    """RBF support vector machines in place of the last layer; C and gamma by cross-validated grid search."""

    name: Literal["svc"]
    c: tuple[float, ...]  # the grid
    gamma: tuple[float, ...]
    folds: int = within(2)
    by_group: bool  # one for each group of classes, as numerals of numerals/7; false: one for all
    fit_on_validation: bool  # learn from the validation images, too: then the hold-out alone is judged unseen

    def __post_init__(self) -> None:
        for name in ("c", "gamma"):
            if not getattr(self, name) or min(getattr(self, name)) <= 0:
                raise ValueError(f"{name}: expected one positive number or more.")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that a member's weights depend on beside its data, network and seed."""

    precision: Literal["auto", "float32", "bfloat16"]
    per_pixel_standardize: bool  # each pixel to mean 0 and deviation 1 over the member's training images
    batch_size: int = within(1)
    label_smoothing: float = within(0, 1)
    monitor: Literal["accuracy", "loss"] | None  # of validation; null keeps the last epoch
    initial_weights: str | None  # a .weights.h5 of the same network; DVC does not watch what it holds
    phases: tuple[PhaseConfig, ...]  # none: the weights stay as they are, for a head to read
    head: SvcConfig | None  # null: the network's own last layer

    def __post_init__(self) -> None:
        if not self.phases and self.head is None:
            raise ValueError("phases is empty; give at least one, or a head.")


@dataclass(frozen=True)
class PretrainedNetworkConfig:
    """One network that all members of its kind start from; its options are theirs."""

    seed: int = within(0, 2**32 - 1)  # of its weights and batches
    kwargs: dict[str, int | float]


@dataclass(frozen=True)
class PretrainConfig:
    """`networks` has an entry for every net among the members: null, and they start from random weights.

    By `rehearsal` members learn letters beside their own images, lest they forget what these do not teach.
    """

    n_images: int = within(0)  # rendered letters to learn from; 0: none
    seed: int = within(0)  # of the rendered letters
    rehearsal: float = within(0, 100)  # letters that a member learns again, drawn anew each epoch, for each own image
    aug: AugmentationConfig | None
    train: TrainConfig | None
    networks: dict[str, PretrainedNetworkConfig | None]

    def __post_init__(self) -> None:
        if any(self.networks.values()) and (self.n_images == 0 or self.aug is None or self.train is None):
            raise ValueError("networks to pre-train need letters above 0, and the sections aug and train.")
        if self.rehearsal > 0 and self.n_images == 0:
            raise ValueError("rehearsal needs letters above 0.")

"""The section `train`: how a member is fitted."""

from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Sgd:
    """Stochastic gradient descent."""

    name: Literal["sgd"]
    learning_rate: float = within(0)
    momentum: float = within(0, 1)
    nesterov: bool


@dataclass(frozen=True)
class Adam:
    """Adam, or AdamW with a weight decay."""

    name: Literal["adam"]
    learning_rate: float = within(0)
    beta_1: float = within(0, 0.99999)
    beta_2: float = within(0, 0.99999)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class Adamax:
    """Adam with the infinity norm."""

    name: Literal["adamax"]
    learning_rate: float = within(0)
    beta_1: float = within(0, 0.99999)
    beta_2: float = within(0, 0.99999)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class Adadelta:
    """Adadelta; the original's learning rate is 1."""

    name: Literal["adadelta"]
    learning_rate: float = within(0)
    rho: float = within(0, 1)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class Rmsprop:
    """RMSprop."""

    name: Literal["rmsprop"]
    learning_rate: float = within(0)
    rho: float = within(0, 1)
    epsilon: float = within(1e-12)


@dataclass(frozen=True)
class OneCycle:
    """Linear from 0 up to the optimiser's rate, then linear down to 0."""

    name: Literal["one-cycle"]
    pct_start: float = within(0, 1)  # the fraction of the steps at which the rate is highest


@dataclass(frozen=True)
class Plateau:
    """The rate times `factor` after `patience` epochs in which `monitor` did not improve."""

    name: Literal["plateau"]
    monitor: Literal["accuracy", "loss"]  # of validation
    factor: float = within(0, 1)
    patience: int = within(1)
    min_lr: float = within(0)  # the rate's floor


@dataclass(frozen=True)
class Phase:
    """One optimiser, with or without augmentation, for some epochs."""

    epochs: int = within(1)
    steps_per_epoch: int | None = within(1)  # per epoch; null: as many full batches as there are images for
    augment: bool
    weight_decay: float = within(0)  # decoupled: a kernel shrinks by learning rate x decay a step
    ema_decay: float = within(0, 0.99999)  # decay of the averaged weights that are judged and kept; 0 is off
    optimizer: Sgd | Adam | Adamax | Adadelta | Rmsprop
    schedule: OneCycle | Plateau | None  # null: a constant rate


@dataclass(frozen=True)
class Svc:
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
class Train:
    """Everything that a member's weights depend on beside its data, network and seed."""

    precision: Literal["auto", "float32", "bfloat16"]
    per_pixel_standardize: bool  # each pixel to mean 0 and deviation 1 over the member's training images
    batch_size: int = within(1)
    label_smoothing: float = within(0, 1)
    monitor: Literal["accuracy", "loss"] | None  # of validation; null keeps the last epoch
    initial_weights: str | None  # a .weights.h5 of the same network; DVC does not watch what it holds
    phases: tuple[Phase, ...]  # none: the weights stay as they are, for a head to read
    head: Svc | None  # null: the network's own last layer

    def __post_init__(self) -> None:
        if not self.phases and self.head is None:
            raise ValueError("phases is empty; give at least one, or a head.")

"""The section `pretrain`: what networks learn from rendered letters, before the members learn from images."""

from dataclasses import dataclass

from letterpress.configuration.aug import Aug
from letterpress.configuration.loading import within
from letterpress.configuration.train import Train


@dataclass(frozen=True)
class Pretrained:
    """One network that all members of its kind start from; its options are theirs."""

    seed: int = within(0, 2**32 - 1)  # of its weights and batches
    kwargs: dict[str, int | float]


@dataclass(frozen=True)
class Pretrain:
    """`networks` has an entry for every net among the members: null, and they start from random weights.

    By `rehearsal` members learn letters beside their own images, lest they forget what these do not teach.
    """

    n_images: int = within(0)  # rendered letters to learn from; 0: none
    seed: int = within(0)  # of the rendered letters
    rehearsal: float = within(0, 100)  # letters that a member learns again, drawn anew each epoch, for each own image
    aug: Aug | None
    train: Train | None
    networks: dict[str, Pretrained | None]

    def __post_init__(self) -> None:
        if any(self.networks.values()) and (self.n_images == 0 or self.aug is None or self.train is None):
            raise ValueError("networks to pre-train need letters above 0, and the sections aug and train.")
        if self.rehearsal > 0 and self.n_images == 0:
            raise ValueError("rehearsal needs letters above 0.")

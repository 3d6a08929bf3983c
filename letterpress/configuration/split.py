"""The section `split`: the shares of the labelled images that are kept from training."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Split:
    """`holdout`: share of all that no member sees; `validation`: share of the rest, drawn per member."""

    seed: int = within(0, 2**32 - 1)
    holdout: float = within(0, 0.9)
    validation: float = within(0, 0.9)

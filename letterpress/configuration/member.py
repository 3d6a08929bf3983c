"""One entry of `ensemble.members`."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Member:
    """A network of the zoo with its options, and the seed of its split, weights and batches."""

    network: str  # a module of letterpress/networks
    seed: int = within(0, 2**32 - 1)
    kwargs: dict[str, int | float]  # the keyword arguments of that module's build()

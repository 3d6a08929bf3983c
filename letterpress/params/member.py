"""One entry of `ensemble.members`."""

from dataclasses import dataclass

from letterpress.params.loading import within


@dataclass(frozen=True)
class Member:
    """A network of the zoo with its options, and the seed of its split, weights and batches."""

    net: str  # a module of letterpress/members/zoo
    seed: int = within(0, 2**32 - 1)
    options: dict[str, int | float]  # the keyword arguments of that module's build()

"""The section `gate`: when a change of accuracy counts as a regression."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Gate:
    """Accuracies are fractions of 1."""

    strict: bool  # dvc.lock must match the code, too
    tolerance: float = within(0, 1)  # the drop against the base that still passes
    min_accuracy: float = within(0, 1)  # the accuracy below which nothing passes

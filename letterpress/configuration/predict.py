"""The section `predict`: how a trained member judges an image."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class View:
    """One fixed change of an image; probabilities are averaged over the views."""

    rotation: float = within(-180, 180)  # degrees
    zoom: float = within(0.1, 10)  # 1.1 enlarges by a tenth
    invert: bool


@dataclass(frozen=True)
class Predict:
    """Images at once, and the views whose probabilities are averaged."""

    batch_size: int = within(1)
    tta: tuple[View, ...]

    def __post_init__(self) -> None:
        if not self.tta:
            raise ValueError("views is empty; give at least the unchanged image.")

"""The section `predict`: how a trained member judges an image."""

from dataclasses import dataclass

from letterpress.params.loading import within


@dataclass(frozen=True)
class View:
    """One fixed change of an image; probabilities are averaged over the views."""

    rotation: float = within(-180, 180)  # degrees
    zoom: float = within(0.1, 10)  # 1.1 enlarges by a tenth
    shift_x: float = within(-1, 1)  # fraction of the width
    shift_y: float = within(-1, 1)  # fraction of the height
    invert: bool


@dataclass(frozen=True)
class Predict:
    """Images at once, and the views whose probabilities are averaged."""

    batch: int = within(1)
    views: tuple[View, ...]

    def __post_init__(self) -> None:
        if not self.views:
            raise ValueError("views is empty; give at least the unchanged image.")

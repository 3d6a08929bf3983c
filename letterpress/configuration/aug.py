"""The section `aug`: the ranges that each training image's random change is drawn from."""

from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Aug:
    """Ranges are symmetric: a rotation of 15 draws from -15 to 15 degrees."""

    rotation: float = within(0, 180)  # degrees
    shear: float = within(0, 60)  # degrees
    shear_axis: Literal["x", "y"]  # along x letters lean; along y their lines climb, as ImageDataGenerator's did
    translation: float = within(0, 1)  # fraction of the side, each axis apart
    zoom: float = within(0, 0.9)  # of what is shown: the image times 1 - zoom … 1 + zoom, each axis apart
    brightness: float = within(0, 1)  # added to every pixel, clipped to the image's own range
    invert: float = within(0, 1)  # probability of 1 - image
    fill_mode: Literal["nearest", "constant", "reflect", "wrap"]  # what lies beyond the border

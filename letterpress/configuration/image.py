"""The section `image`: what preprocessing makes of every picture."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Image:
    """Size in pixels, and how it is reached."""

    height: int = within(4, 1024)
    width: int = within(4, 1024)
    preserve_aspect_ratio: bool  # pad with the border's colour instead of stretching
    invert: bool  # 255 - value
    pca_channel: bool  # grey every picture a second time, along the colours in which it varies most; judged, too

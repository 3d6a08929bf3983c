"""The section `image`: what preprocessing makes of every picture."""

from dataclasses import dataclass

from letterpress.params.loading import within


@dataclass(frozen=True)
class Image:
    """Size in pixels, and how it is reached."""

    height: int = within(4, 1024)
    width: int = within(4, 1024)
    keep_aspect: bool  # pad with the border's colour instead of stretching
    negative: bool  # 255 - value
    contrast: bool  # grey every picture a second time, along the colours in which it varies most; judged, too

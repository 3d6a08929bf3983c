"""The sections `dataset`, `image` and `split`: which images, and what becomes of them before training."""

import re
from dataclasses import dataclass
from typing import Literal

from letterpress.configuration.loader import within


@dataclass(frozen=True)
class SyntheticConfig:
    """How many street letters are rendered, and from which seed."""

    train_images: int = within(1)
    test_images: int = within(0)
    seed: int = within(0)


@dataclass(frozen=True)
class DatasetConfig:
    """Where the archive comes from and how it is laid out inside."""

    name: str  # the archive is data/raw/<name>.zip
    source: Literal["synthetic", "kaggle", "local"]
    layout: Literal["labels-csv", "pixel-csv", "class-folders"]
    sha256: str | None  # of the archive; null accepts any
    kaggle: str | None  # competitions/NAME or datasets/OWNER/NAME
    path: str | None  # a zip or a folder, for the source local
    classes: str | None  # a pattern, as numerals/* or "[0-9]", of the classes to keep; null keeps all
    synthetic: SyntheticConfig | None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+", self.name) or self.name.startswith("."):
            raise ValueError(f"name: expected letters, digits, '.', '-' and '_', received {self.name!r}.")
        needed = {"synthetic": "synthetic", "kaggle": "kaggle", "local": "path"}[self.source]
        if not getattr(self, needed):
            raise ValueError(f"{needed} is null, but the source {self.source} needs it.")
        if self.sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError(f"sha256: expected 64 hexadecimal digits or null, received {self.sha256!r}.")
        if self.classes == "":
            raise ValueError("classes: expected a pattern or null, received an empty text.")
        pattern = r"competitions/[\w-]+|datasets/[\w-]+/[\w-]+"
        if self.kaggle is not None and not re.fullmatch(pattern, self.kaggle):
            raise ValueError(f"kaggle: expected competitions/NAME or datasets/OWNER/NAME, received {self.kaggle!r}.")


@dataclass(frozen=True)
class ImageConfig:
    """Size in pixels, and how it is reached."""

    height: int = within(4, 1024)
    width: int = within(4, 1024)
    preserve_aspect_ratio: bool  # pad with the border's colour instead of stretching
    invert: bool  # 255 - value
    pca_channel: bool  # grey every picture a second time, along the colours in which it varies most; judged, too


@dataclass(frozen=True)
class SplitConfig:
    """`holdout`: share of all that no member sees; `validation`: share of the rest, drawn per member."""

    seed: int = within(0, 2**32 - 1)
    holdout: float = within(0, 0.9)
    validation: float = within(0, 0.9)

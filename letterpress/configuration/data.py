"""The sections `dataset`, `image` and `split`: which images, their size, and which are held out."""

from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from letterpress.configuration.fields import SECTION, Count, Index, NoBool, Seed

Side = Annotated[StrictInt, Field(ge=4, le=1024)]
Name = Annotated[str, Field(pattern=r"^[\w-][\w.-]*$", title="letters, digits, '.', '-' and '_'")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", title="64 hexadecimal digits")]
KaggleName = Annotated[
    str,
    Field(
        pattern=r"^(competitions/[\w-]+|datasets/[\w-]+/[\w-]+)$", title="competitions/NAME or datasets/OWNER/NAME"
    ),
]
Pattern = Annotated[str, Field(min_length=1)]
HeldOut = Annotated[float, Field(ge=0, le=0.9), NoBool]


@dataclass(frozen=True, config=SECTION)
class SyntheticConfig:
    """How many synthetic images the source `synthetic` renders."""

    train_images: Count = Field(description="Labelled images to render.")
    test_images: Index = Field(description="Test images to render.")
    seed: Index = Field(description="Seed of the rendering.")


@dataclass(frozen=True, config=SECTION)
class DatasetConfig:
    """Where the archive comes from, and its layout."""

    name: Name = Field(description="The archive is data/raw/NAME.zip.")
    source: Literal["synthetic", "kaggle", "local"] = Field(
        description="Render the data set, download it from Kaggle, or copy it from `path`."
    )
    layout: Literal["labels-csv", "pixel-csv", "class-folders"] = Field(
        description="Image files with a CSV of labels, a CSV of pixels, or a folder of image files a class."
    )
    sha256: Sha256 | None = Field(description="Checksum of the archive; null accepts any.")
    kaggle: KaggleName | None = Field(description="The data set's name on Kaggle, for the source kaggle.")
    path: str | None = Field(
        description="A zip, a folder or a CSV of pixels, for the source local; relative to the recipe's folder."
    )
    classes: Pattern | None = Field(
        description='Glob pattern of the classes to keep, such as numerals/* or "[0-9]"; null keeps all.'
    )
    synthetic: SyntheticConfig | None = Field(description="For the source synthetic.")

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        key = "path" if self.source == "local" else self.source
        if not (value := getattr(self, key)):
            raise ValueError(f"{key}: expected a value for the source {self.source}, received {value!r}.")
        return self


@dataclass(frozen=True, config=SECTION)
class ImageConfig:
    """Size and preprocessing of all images."""

    height: Side = Field(description="Pixels.")
    width: Side = Field(description="Pixels.")
    preserve_aspect_ratio: StrictBool = Field(description="Pad with the colour of the border instead of stretching.")
    invert: StrictBool = Field(description="Replace each pixel by 255 - pixel.")
    pca_channel: StrictBool = Field(
        description="Predict from a second channel, too: the projection on the image's principal colour axis."
    )


@dataclass(frozen=True, config=SECTION)
class SplitConfig:
    """Fractions of the labelled images that are not trained on."""

    seed: Seed = Field(description="Seed of the hold-out; validation images depend on the member's seed.")
    holdout: HeldOut = Field(description="Fraction of the labelled images that no member is trained or validated on.")
    validation: HeldOut = Field(description="Fraction of the remaining images for validation, drawn for each member.")

"""The section `context`: how far the crops of one photograph inform each other."""

from dataclasses import dataclass

from letterpress.configuration.loading import within


@dataclass(frozen=True)
class Context:
    """`context: null` judges each image alone."""

    n_neighbors: int = within(1)  # the nearest pictures that are looked at
    folds: int = within(2)  # in which the models of kinds judge each other's images, to tell how far to trust them
    n_photos: int = within(2)  # about so many they were cut from; for the figures with photographs kept whole

"""Groups of classes: the part of their names before the last '/', as `numerals` in numerals/7."""

import numpy as np


def group_classes(classes: list[str]) -> dict[str, np.ndarray]:
    """Return the indices of each group's classes, int32, by the group's name; names without '/' are the group ''."""
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(classes):
        groups.setdefault(name.rpartition("/")[0], []).append(index)
    return {name: np.array(indices, np.int32) for name, indices in groups.items()}

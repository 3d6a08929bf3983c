"""Groups of classes: what stands before the last '/' of their names, as numerals of numerals/7."""

import numpy as np


def group_classes(classes: list[str]) -> dict[str, np.ndarray]:
    """The indices of each group's classes, int32, by the group's name; classes without one are the group ''."""
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(classes):
        groups.setdefault(name.rpartition("/")[0], []).append(index)
    return {name: np.array(indices, np.int32) for name, indices in groups.items()}

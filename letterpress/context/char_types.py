"""Character types of classes: digit, upper case, lower case, other."""

from dataclasses import dataclass

import numpy as np

CHAR_TYPES = ("digit", "upper case", "lower case", "other")


@dataclass(frozen=True)
class CharTypes:
    """The character type of every class, and the letters that have both cases.

    of_class: int32 (n_classes,), indices of CHAR_TYPES. upper, lower: int32
    (n_letters,), the two classes of each letter that has both.
    """

    of_class: np.ndarray
    upper: np.ndarray
    lower: np.ndarray

    def sum_over(self, probabilities: np.ndarray) -> np.ndarray:
        """Sum probabilities (n, n_classes) over the classes of each type; returns (n, 4)."""
        types = range(len(CHAR_TYPES))
        return np.stack([probabilities[:, self.of_class == char_type].sum(axis=1) for char_type in types], axis=1)


def char_types(classes: list[str]) -> CharTypes:
    """Derive the types from the classes' names; a name of several characters is `other`."""
    index = {name: i for i, name in enumerate(classes)}
    letters = [name for name in classes if len(name) == 1 and name.isupper() and name.lower() in index]
    return CharTypes(
        of_class=np.array([_char_type(name) for name in classes], np.int32),
        upper=np.array([index[name] for name in letters], np.int32),
        lower=np.array([index[name.lower()] for name in letters], np.int32),
    )


def _char_type(name: str) -> int:
    if len(name) != 1:
        return 3
    return 0 if name.isdigit() else 1 if name.isupper() else 2 if name.islower() else 3

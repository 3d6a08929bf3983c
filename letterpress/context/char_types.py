"""Kinds of classes: digit, upper case, lower case, and what is none of them."""

from dataclasses import dataclass

import numpy as np

NAMES = ("digit", "upper case", "lower case", "other")


@dataclass(frozen=True)
class Kinds:
    """of: int32 (classes,), each class's kind, an index of NAMES.

    uppers, lowers: int32 (letters,), the classes of every letter that has both cases.
    """

    of: np.ndarray
    uppers: np.ndarray
    lowers: np.ndarray

    def shares(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities of the classes, (n, classes), to those of the kinds, (n, kinds)."""
        return np.stack([probabilities[:, self.of == kind].sum(axis=1) for kind in range(len(NAMES))], axis=1)


def kinds_of(classes: list[str]) -> Kinds:
    """Sort the classes by their names; names of several characters are of the kind `other`."""
    index = {name: i for i, name in enumerate(classes)}
    letters = [name for name in classes if len(name) == 1 and name.isupper() and name.lower() in index]
    return Kinds(
        of=np.array([_kind(name) for name in classes], np.int32),
        uppers=np.array([index[name] for name in letters], np.int32),
        lowers=np.array([index[name.lower()] for name in letters], np.int32),
    )


def _kind(name: str) -> int:
    if len(name) != 1:
        return 3
    return 0 if name.isdigit() else 1 if name.isupper() else 2 if name.islower() else 3

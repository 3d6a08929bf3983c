"""Characters that look alike, and how many errors are between them."""

import numpy as np

ALIKE = {"0 and O": "0Oo", "1, I and l": "1Iil"}


def confusables(predicted: np.ndarray, labels: np.ndarray, classes: list[str]) -> list[dict]:
    """For each kind of likeness its errors, and the accuracy were they none.

    predicted, labels: int (n,). Kinds without two classes are left out.
    """
    wrong, rows = predicted != labels, []
    for name, groups in _kinds(classes).items():
        if max(np.bincount(groups[groups >= 0]), default=0) < 2:
            continue
        between = wrong & (groups[predicted] == groups[labels]) & (groups[labels] >= 0)
        rows.append(
            {
                "name": name,
                "errors": int(between.sum()),
                "share_of_errors": round(float(between.sum() / max(wrong.sum(), 1)), 4),
                "accuracy_without": round(float(np.mean(~wrong | between)), 4),
            }
        )
    return rows


def _kinds(classes: list[str]) -> dict[str, np.ndarray]:
    """For each kind of likeness the group of every class, int (classes,), -1 for none."""
    letters = sorted({name.casefold() for name in classes if len(name) == 1 and name.isalpha()})
    case = [letters.index(name.casefold()) if len(name) == 1 and name.isalpha() else -1 for name in classes]
    kinds = {"upper and lower case": np.array(case)}
    return kinds | {
        name: np.array([0 if len(other) == 1 and other in alike else -1 for other in classes])
        for name, alike in ALIKE.items()
    }

"""Characters that look alike, and how many of the errors are between them."""

import numpy as np

LOOK_ALIKES = {"0 and O": "0Oo", "1, I and l": "1Iil"}


def look_alike_errors(predicted: np.ndarray, labels: np.ndarray, classes: list[str]) -> list[dict]:
    """Count the errors between characters that look alike, and the accuracy without them.

    predicted, labels: int (n,). Look-alikes of which there are fewer than two classes are left out.
    """
    wrong, rows = predicted != labels, []
    for name, groups in _groups(classes).items():
        if max(np.bincount(groups[groups >= 0]), default=0) < 2:
            continue
        between = wrong & (groups[predicted] == groups[labels]) & (groups[labels] >= 0)
        rows.append(
            {
                "name": name,
                "errors": int(between.sum()),
                "fraction_of_errors": round(float(between.sum() / max(wrong.sum(), 1)), 4),
                "accuracy_without": round(float(np.mean(~wrong | between)), 4),
            }
        )
    return rows


def _groups(classes: list[str]) -> dict[str, np.ndarray]:
    """Return each class's group by name of the look-alikes, int (n_classes,), -1 for none."""
    letters = sorted({name.casefold() for name in classes if len(name) == 1 and name.isalpha()})
    case = [letters.index(name.casefold()) if len(name) == 1 and name.isalpha() else -1 for name in classes]
    return {"upper and lower case": np.array(case)} | {
        name: np.array([0 if len(other) == 1 and other in alike else -1 for other in classes])
        for name, alike in LOOK_ALIKES.items()
    }

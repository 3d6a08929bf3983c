"""What metrics/data.json says about a prepared data set."""

import numpy as np

from letterpress.storage.prepared import Arrays

EXAMPLES = 10  # how many conflicts are named


def describe(train: Arrays, test: Arrays, classes: list[str]) -> dict:
    """Counts, class balance, duplicates among the prepared images and conflicts of label."""
    counts = np.bincount(train.labels, minlength=len(classes))
    same = groups_of_equal(train.images)
    conflicts = [group for group in same if len(set(train.labels[group])) > 1]
    return {
        "images": {"train": len(train.images), "test": len(test.images)},
        "classes": len(classes),
        "per_class": {
            "fewest": int(counts.min()),
            "median": float(np.median(counts)),
            "most": int(counts.max()),
        },
        "duplicates": sum(len(group) - 1 for group in same),
        "conflicts": {
            "images": sum(len(group) for group in conflicts),
            "examples": [
                {str(train.ids[i]): classes[train.labels[i]] for i in group} for group in conflicts[:EXAMPLES]
            ],
        },
        "balance": dict(zip(classes, counts.tolist(), strict=True)),
    }


def groups_of_equal(images: np.ndarray) -> list[np.ndarray]:
    """Indices of images, uint8 (n, h, w), with the same pixels, for each picture that occurs twice or more."""
    rows = np.ascontiguousarray(images.reshape(len(images), -1))
    keys = rows.view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return [np.flatnonzero(group == repeated) for repeated in np.flatnonzero(counts > 1)]

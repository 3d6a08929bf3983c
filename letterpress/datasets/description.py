"""What metrics/data.json says about a prepared data set."""

from collections.abc import Sequence

import numpy as np

from letterpress.storage.prepared import PreparedSplit

MAX_EXAMPLES = 10  # of conflicts


def describe_dataset(labelled: PreparedSplit, test: PreparedSplit, classes: list[str]) -> dict:
    """Count images, classes, duplicates among the labelled images, and duplicates with different labels."""
    counts = np.bincount(labelled.labels, minlength=len(classes))
    duplicates = group_duplicates(labelled.images)
    conflicts = [group for group in duplicates if len(set(labelled.labels[group])) > 1]
    return {
        "images": {"train": len(labelled.images), "test": len(test.images)},
        "classes": len(classes),
        "per_class": {"fewest": int(counts.min()), "median": float(np.median(counts)), "most": int(counts.max())},
        "duplicates": sum(len(group) - 1 for group in duplicates),
        "conflicts": {
            "images": sum(len(group) for group in conflicts),
            "examples": [
                {str(labelled.ids[i]): classes[labelled.labels[i]] for i in group}
                for group in conflicts[:MAX_EXAMPLES]
            ],
        },
        "balance": dict(zip(classes, counts.tolist(), strict=True)),
    }


def group_duplicates(images: np.ndarray) -> list[np.ndarray]:
    """Return groups of indices of images, uint8 (n, h, w), that have the same pixels, two or more each."""
    rows = np.ascontiguousarray(images.reshape(len(images), -1))
    keys = rows.view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return [np.flatnonzero(group == repeated) for repeated in np.flatnonzero(counts > 1)]


def describe_one_color(names: Sequence[str]) -> str | None:
    """Say which images have equal pixels all over; None where there are none."""
    if not names:
        return None
    what = "1 image is" if len(names) == 1 else f"{len(names):,} images are"
    return f"{what} of one colour, so that nothing is to be seen: {first_ten(names)}"


def first_ten(names: Sequence[str]) -> str:
    """Join the first ten names; tell the number of all where there are more."""
    return ", ".join(names[:10]) + (f" … ({len(names):,} in all)" if len(names) > 10 else "")

"""Examples for the report: answers that siblings changed, and the siblings that did it."""

from dataclasses import dataclass

import numpy as np

from letterpress.storage.prepared import Arrays
from letterpress.report.thumbnails import data_url

SHOWN = 12  # of the changes for the better, and of those for the worse
SIBLINGS = 6  # shown beside each


@dataclass(frozen=True)
class Change:
    """What the ensemble said out of fold before and after, float32 (n, classes), and siblings, int32 (m, k).

    The first n of m pictures are the labelled ones, then come the test images.
    """

    alone: np.ndarray
    final: np.ndarray
    siblings: np.ndarray


def corrections(change: Change | None, train: Arrays, test: Arrays, classes: list[str]) -> dict[str, list[dict]]:
    """The surest changes to the truth and away from it, where an answer changed; none where all were judged alone.

    Each has the image's `id` and `image`, its `true` class, the answers `alone`
    and `final`, and its nearest `siblings` as `image` and `class` (None for a test image).
    """
    if change is None:
        return {"better": [], "worse": []}
    rows = np.arange(len(train.labels))
    before, after = change.alone.argmax(axis=1), change.final.argmax(axis=1)
    sureness = change.final[rows, after] - change.alone[rows, after]
    order = [i for i in np.argsort(-sureness, kind="stable") if before[i] != after[i] and change.alone[i].any()]
    images = [train.images, test.images]

    def example(i: int) -> dict:
        near = change.siblings[i, :SIBLINGS]
        return {
            "id": str(train.ids[i]),
            "true": classes[train.labels[i]],
            "alone": classes[before[i]],
            "final": classes[after[i]],
            "image": data_url(train.images[i]),
            "n_neighbors": [_sibling(int(j), images, train.labels, classes) for j in near],
        }

    better = [i for i in order if after[i] == train.labels[i]][:SHOWN]
    worse = [i for i in order if before[i] == train.labels[i]][:SHOWN]
    return {"better": [example(i) for i in better], "worse": [example(i) for i in worse]}


def _sibling(j: int, images: list[np.ndarray], labels: np.ndarray, classes: list[str]) -> dict:
    """A sibling's image, and its class if it is a labelled one."""
    n = len(labels)
    image = images[0][j] if j < n else images[1][j - n]
    return {"image": data_url(image), "class": classes[labels[j]] if j < n else None}

"""How alike the members judge, and what each further one is worth."""

from dataclasses import dataclass

import numpy as np

from letterpress.storage.predictions import MemberPredictions

FEWEST = 100  # images that a figure is worth giving for
DRAWS = 20  # of members at random


@dataclass(frozen=True)
class Votes:
    """Members' probabilities, float32 (members, n, classes), for the labelled images that somebody judged unseen.

    judged: bool (members, n), who did. labels: int (n,).
    """

    probabilities: np.ndarray
    judged: np.ndarray
    labels: np.ndarray


def collect_votes(members: list[MemberPredictions], holdout: np.ndarray, labels: np.ndarray) -> Votes:
    """From validation images and hold-out.

    holdout: int (h,), its indices; labels: int (n,), of all labelled images.
    """
    classes = members[0].holdout.shape[1]
    probabilities = np.zeros((len(members), len(labels), classes), np.float32)
    judged = np.zeros((len(members), len(labels)), bool)
    for i, member in enumerate(members):
        for indices, answers in ((member.validation_indices, member.validation), (holdout, member.holdout)):
            probabilities[i, indices], judged[i, indices] = answers, True
    kept = judged.any(axis=0)
    return Votes(probabilities[:, kept], judged[:, kept], labels[kept])


def agreement(votes: Votes) -> list[list[float | None]]:
    """For every two members the share of images judged by both that got the same answer; None where too few are."""
    answers, count = votes.probabilities.argmax(axis=2), len(votes.probabilities)
    shares: list[list[float | None]] = [[None] * count for _ in range(count)]
    for i in range(count):
        for j in range(count):
            both = votes.judged[i] & votes.judged[j]
            if both.sum() >= FEWEST:
                shares[i][j] = round(float(np.mean(answers[i, both] == answers[j, both])), 4)
    return shares


def by_number(votes: Votes) -> list[dict[str, float]]:
    """Accuracy of the mean of 1, 2, … members drawn at random for each image, always on the same images.

    Those are the images with the most judges: as many judges as at least a
    hundred images have. The deviation is over draws.
    """
    judges = votes.judged.sum(axis=0)
    enough = [n for n in range(1, len(votes.judged) + 1) if (judges >= n).sum() >= FEWEST]
    if not enough:
        return []
    rows = judges >= enough[-1]
    judged, labels = votes.judged[:, rows], votes.labels[rows]
    rng = np.random.default_rng(0)
    right = np.zeros((DRAWS, enough[-1]))
    for draw in range(DRAWS):
        order = np.argsort(np.where(judged, rng.random(judged.shape), 2.0), axis=0)
        ordered = np.take_along_axis(votes.probabilities[:, rows], order[:, :, None], axis=0)
        for n, total in enumerate(np.cumsum(ordered[: enough[-1]], axis=0)):
            right[draw, n] = np.mean(total.argmax(axis=1) == labels)
    images = int(rows.sum())
    return [
        {"members": n, "accuracy": round(float(r.mean()), 4), "deviation": round(float(r.std()), 4), "images": images}
        for n, r in enumerate(right.T, start=1)
    ]

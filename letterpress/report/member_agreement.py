"""How often members agree, and the accuracy by the number of members averaged."""

from dataclasses import dataclass

import numpy as np

from letterpress.storage.predictions import Predictions

MIN_IMAGES = 100  # for a figure
N_DRAWS = 20  # of random members


@dataclass(frozen=True)
class Votes:
    """The members' predictions of the labelled images that have any.

    probabilities: float32 (members, n, n_classes). voted: bool (members, n). labels: int (n,).
    """

    probabilities: np.ndarray
    voted: np.ndarray
    labels: np.ndarray


def collect_votes(members: list[Predictions], labels: np.ndarray) -> Votes:
    """Select the images, of n labelled ones with int (n,) labels, that any member voted on."""
    voted = np.stack([member.voted[: len(labels)] for member in members])
    rows = np.flatnonzero(voted.any(axis=0))
    return Votes(np.stack([member.probabilities[rows] for member in members]), voted[:, rows], labels[rows])


def agreement_matrix(votes: Votes) -> list[list[float | None]]:
    """Return, for every two members, how often they predict the same class; None for too few common images."""
    predicted, n_members = votes.probabilities.argmax(axis=2), len(votes.probabilities)
    fractions: list[list[float | None]] = [[None] * n_members for _ in range(n_members)]
    for i in range(n_members):
        for j in range(n_members):
            both = votes.voted[i] & votes.voted[j]
            if both.sum() >= MIN_IMAGES:
                fractions[i][j] = round(float(np.mean(predicted[i, both] == predicted[j, both])), 4)
    return fractions


def accuracy_by_ensemble_size(votes: Votes) -> list[dict[str, float]]:
    """Compute the accuracy of the mean of 1, 2, … members, drawn at random for each image.

    The images are always the same: those with the largest number of votes that
    at least a hundred images have. The standard deviation is over draws.
    """
    n_votes = votes.voted.sum(axis=0)
    sizes = [n for n in range(1, len(votes.voted) + 1) if (n_votes >= n).sum() >= MIN_IMAGES]
    if not sizes:
        return []
    rows = n_votes >= sizes[-1]
    voted, labels = votes.voted[:, rows], votes.labels[rows]
    rng = np.random.default_rng(0)
    accuracies = np.zeros((N_DRAWS, sizes[-1]))
    for draw in range(N_DRAWS):
        order = np.argsort(np.where(voted, rng.random(voted.shape), 2.0), axis=0)
        ordered = np.take_along_axis(votes.probabilities[:, rows], order[:, :, None], axis=0)
        for i, total in enumerate(np.cumsum(ordered[: sizes[-1]], axis=0)):
            accuracies[draw, i] = np.mean(total.argmax(axis=1) == labels)
    return [
        {"members": i, "accuracy": round(float(a.mean()), 4), "std": round(float(a.std()), 4), "n": int(rows.sum())}
        for i, a in enumerate(accuracies.T, start=1)
    ]

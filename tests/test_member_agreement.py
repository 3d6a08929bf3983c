"""How often members agree, and the accuracy by their number."""

import numpy as np

from letterpress.report.member_agreement import MIN_IMAGES, accuracy_by_ensemble_size, agreement_matrix, collect_votes
from letterpress.report.report_data import _member_charts
from letterpress.storage.predictions import Predictions
from tests.predictions import make_predictions, one_hot

N = 400
LABELS = np.random.default_rng(0).integers(0, 3, N).astype(np.int32)
HOLDOUT = range(200, 400)


def member(*parts: range, n_wrong: int = 0) -> Predictions:
    """Predictions for some images and two test images, wrong on the first `n_wrong` of each part."""
    probabilities = np.zeros((N + 2, 3), np.float32)
    for part in parts:
        rows = np.array(part, int)
        errors = np.arange(len(rows)) < n_wrong
        probabilities[rows] = one_hot((LABELS[rows] + errors) % 3)
    return make_predictions(probabilities)


def test_agreement_is_on_common_images():
    votes = collect_votes([member(range(100), HOLDOUT), member(range(50, 150), HOLDOUT, n_wrong=20)], LABELS)
    assert votes.voted.sum(axis=1).tolist() == [300, 300]
    fractions = agreement_matrix(votes)
    assert fractions[0][0] == fractions[1][1] == 1.0
    assert fractions[0][1] == fractions[1][0] == round(1 - 40 / 250, 4)


def test_too_few_common_images_give_no_figure():
    apart = [member(range(150)), member(range(150 - MIN_IMAGES + 1, 300))]
    assert agreement_matrix(collect_votes(apart, LABELS))[0][1] is None


def test_without_common_images_there_is_no_chart_of_agreement():
    """Each of 180 images has two votes of three, but every two members have only sixty in common."""
    parts = [[range(120)], [range(60), range(120, 180)], [range(60, 180)]]
    for holdout, n_charts in (([], 1), ([HOLDOUT], 2)):
        members = {f"m{i}": member(*part, *holdout) for i, part in enumerate(parts)}
        assert len(_member_charts(members, LABELS)) == n_charts


def test_two_correct_members_outvote_a_wrong_one():
    votes = collect_votes([member(HOLDOUT), member(HOLDOUT), member(HOLDOUT, n_wrong=100)], LABELS)
    rows = accuracy_by_ensemble_size(votes)
    assert [row["members"] for row in rows] == [1, 2, 3]
    assert abs(rows[0]["accuracy"] - (1 - 0.5 / 3)) < 0.03
    assert rows[2] == {"members": 3, "accuracy": 1.0, "std": 0.0, "n": 200}
    assert rows == accuracy_by_ensemble_size(votes)


def test_too_few_images_give_no_accuracies():
    assert accuracy_by_ensemble_size(collect_votes([member(range(MIN_IMAGES - 1))], LABELS)) == []

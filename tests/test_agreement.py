"""How alike members judge, and what each is worth."""

import numpy as np

from letterpress.report import report_data as contents
from letterpress.report.member_agreement import FEWEST, agreement, by_number, collect_votes
from letterpress.storage.predictions import MemberPredictions

COUNT = 400
rng = np.random.default_rng(0)
LABELS = rng.integers(0, 3, COUNT).astype(np.int32)
HOLDOUT = np.arange(200, 400, dtype=np.int32)
NONE = np.empty((0, 3), np.float32)


def sure(answers: np.ndarray) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[answers]


def member(validation: range, wrong: int, holdout: np.ndarray = HOLDOUT) -> MemberPredictions:
    """Right but for the first `wrong` images of its validation and of the hold-out."""
    parts = []
    for indices in (np.array(validation, np.int32), holdout):
        answers = LABELS[indices].copy()
        answers[:wrong] = (answers[:wrong] + 1) % 3
        parts.append(sure(answers))
    return MemberPredictions(np.array(validation, np.int32), *parts, NONE)


def test_agreement_is_on_what_both_have_judged():
    votes = collect_votes([member(range(0, 100), 0), member(range(50, 150), 20)], HOLDOUT, LABELS)
    assert votes.judged.sum(axis=1).tolist() == [300, 300]
    shares = agreement(votes)
    assert shares[0][0] == shares[1][1] == 1.0
    assert shares[0][1] == shares[1][0] == round(1 - 40 / 250, 4)


def test_too_few_common_images_give_no_figure():
    empty = HOLDOUT[:0]
    apart = [member(range(0, 150), 0, empty), member(range(150 - FEWEST + 1, 300), 0, empty)]
    assert agreement(collect_votes(apart, empty, LABELS))[0][1] is None


def test_where_no_two_members_share_images_enough_there_is_no_chart_of_agreement():
    """Two in three judge each of 180 images, but every two have but sixty in common."""
    parts = [range(0, 120), (*range(0, 60), *range(120, 180)), range(60, 180)]
    for holdout, charts in ((HOLDOUT[:0], 1), (HOLDOUT, 2)):
        members = {f"m{i}": member(part, 0, holdout) for i, part in enumerate(parts)}
        assert len(contents._members(members, holdout, LABELS)) == charts


def test_two_right_members_outvote_a_wrong_one():
    members = [member(range(0), 0), member(range(0), 0), member(range(0), 100)]
    figures = by_number(collect_votes(members, HOLDOUT, LABELS))
    assert [row["members"] for row in figures] == [1, 2, 3]
    assert abs(figures[0]["accuracy"] - (1 - 0.5 / 3)) < 0.03
    assert figures[2] == {"members": 3, "accuracy": 1.0, "deviation": 0.0, "images": 200}


def test_without_images_enough_there_are_no_figures():
    empty = HOLDOUT[:0]
    assert by_number(collect_votes([member(range(0, FEWEST - 1), 0, empty)], empty, LABELS)) == []


def test_the_same_figures_twice():
    votes = collect_votes([member(range(0, 200), 30), member(range(0, 200), 60)], HOLDOUT, LABELS)
    assert by_number(votes) == by_number(votes)

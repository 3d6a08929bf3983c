"""Which images are scored under which name."""

import csv

import numpy as np
import pytest

from letterpress.dataset.arrays import Arrays
from letterpress.results import confusion
from letterpress.results.evaluation import (
    evaluate_ensemble,
    evaluate_member,
    judged_unseen,
    summarise_members,
)
from letterpress.results.judgements import EnsembleJudgement, MemberJudgement

CLASSES = ["A", "B", "C"]
CHANCES = np.eye(3, dtype=np.float32)
NOBODY = np.empty(0, np.int32)


def arrays(labels: list[int] | None, count: int = 0) -> Arrays:
    n = count if labels is None else len(labels)
    return Arrays(
        images=np.zeros((n, 4, 4), np.uint8),
        ids=np.array([str(i) for i in range(n)]),
        sizes=np.full((n, 2), 4, np.int32),
        labels=None if labels is None else np.array(labels, np.int32),
    )


TRAIN = arrays([0, 1, 2, 0, 1])
HOLDOUT = np.array([4, 0], np.int32)
ENSEMBLE = EnsembleJudgement(
    oof=np.array([[0, 0, 0], CHANCES[1], CHANCES[0], [0, 0, 0], [0, 0, 0]], np.float32),
    judges=np.array([0, 2, 1, 0, 0], np.int32),
    holdout=CHANCES[[1, 0]],
    test=CHANCES[[2, 2, 1, 0]],
)


def test_each_part_is_scored_on_its_own_images():
    figures = evaluate_ensemble(ENSEMBLE, TRAIN, arrays([2, 2, 0, 1]), HOLDOUT, CLASSES)
    assert list(figures) == ["holdout", "oof", "test", "confused"]
    assert {part: (figures[part]["accuracy"], figures[part]["images"]) for part in ("holdout", "oof", "test")} == {
        "holdout": (1.0, 2),
        "oof": (0.5, 2),
        "test": (0.5, 4),
    }
    assert figures["oof"]["judges"] == 1.5
    assert figures["confused"] == [{"true": "C", "taken_for": "A", "images": 1}]


def test_parts_without_images_are_left_out():
    nobody = EnsembleJudgement(np.zeros((5, 3)), np.zeros(5, np.int32), np.empty((0, 3)), CHANCES[:0])
    assert evaluate_ensemble(nobody, TRAIN, arrays(None), NOBODY, CLASSES) == {"confused": []}
    assert evaluate_ensemble(nobody, TRAIN, arrays([]), NOBODY, CLASSES) == {"confused": []}


def test_an_unknown_truth_of_the_test_images_is_no_part():
    assert "test" not in evaluate_ensemble(ENSEMBLE, TRAIN, arrays(None, 4), HOLDOUT, CLASSES)


def test_images_judged_unseen_are_the_holdout_and_those_with_judges():
    indices, probabilities = judged_unseen(ENSEMBLE, HOLDOUT)
    np.testing.assert_array_equal(indices, [4, 0, 1, 2])
    np.testing.assert_array_equal(probabilities, CHANCES[[1, 0, 1, 0]])


def test_a_member_is_scored_on_its_validation_and_the_holdout():
    member = MemberJudgement(np.array([3, 2], np.int32), CHANCES[[0, 0]], CHANCES[[1, 1]], CHANCES[:0])
    figures = evaluate_member(member, TRAIN, HOLDOUT, CLASSES)
    assert list(figures) == ["validation", "holdout"]
    assert (figures["validation"]["accuracy"], figures["holdout"]["accuracy"]) == (0.5, 0.5)


def test_a_member_without_images_has_no_figures():
    member = MemberJudgement(NOBODY, CHANCES[:0], CHANCES[:0], CHANCES)
    assert evaluate_member(member, TRAIN, NOBODY, CLASSES) == {}


def validated(*accuracies: float) -> dict[str, dict]:
    return {f"m{i}": {"validation": {"accuracy": accuracy}} for i, accuracy in enumerate(accuracies)}


def test_members_are_summed_up_by_mean_sample_deviation_and_best():
    assert summarise_members(validated(0.9, 0.8, 0.7)) == {"mean": 0.8, "std": 0.1, "best": 0.9}


def test_one_member_deviates_from_nobody():
    assert summarise_members(validated(0.9)) == {"mean": 0.9, "std": 0.0, "best": 0.9}


def test_members_without_validation_are_not_summed_up():
    assert summarise_members({"m0": {}, "m1": {"holdout": {"accuracy": 1.0}}}) == {}


def saved_confusion(tmp_path, labels: list[int], predicted: list[int], classes: list[str]) -> str:
    confusion.save(np.array(labels, np.int32), np.array(predicted), classes, tmp_path / "c.csv")
    return (tmp_path / "c.csv").read_text(encoding="utf-8")


def test_the_confusion_is_a_row_an_image_in_the_order_of_the_classes(tmp_path):
    text = saved_confusion(tmp_path, [2, 0, 2, 0], [1, 2, 0, 0], ["Z", "y", "X"])
    assert text == "actual,predicted\nZ,Z\nZ,X\nX,Z\nX,y\n"


def test_the_confusion_of_no_images_is_its_header(tmp_path):
    assert saved_confusion(tmp_path, [], [], CLASSES) == "actual,predicted\n"


@pytest.mark.parametrize("name", [",", '"', "a b", "é"])
def test_any_class_name_survives_the_csv(tmp_path, name):
    saved_confusion(tmp_path, [0], [0], [name])
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["actual", "predicted"], [name, name]]

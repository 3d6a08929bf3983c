"""Which images are scored under which name."""

import csv

import numpy as np
import pytest

from letterpress.evaluation import confusion
from letterpress.evaluation.evaluation import (
    accuracy,
    evaluate_context,
    evaluate_ensemble,
    evaluate_member,
    judged_unseen,
    scores_by_group,
    summarise_members,
)
from letterpress.evaluation.metrics import scores
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions
from letterpress.storage.prepared import Arrays

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
ENSEMBLE = EnsemblePredictions(
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
    assert figures["confused"] == [{"true": "C", "predicted": "A", "images": 1}]


def test_parts_without_images_are_left_out():
    nobody = EnsemblePredictions(np.zeros((5, 3)), np.zeros(5, np.int32), np.empty((0, 3)), CHANCES[:0])
    assert evaluate_ensemble(nobody, TRAIN, arrays(None), NOBODY, CLASSES) == {"confused": []}
    assert evaluate_ensemble(nobody, TRAIN, arrays([]), NOBODY, CLASSES) == {"confused": []}


def test_an_unknown_truth_of_the_test_images_is_no_part():
    assert "test" not in evaluate_ensemble(ENSEMBLE, TRAIN, arrays(None, 4), HOLDOUT, CLASSES)


def test_images_judged_unseen_are_the_holdout_and_those_with_judges():
    indices, probabilities = judged_unseen(ENSEMBLE, HOLDOUT)
    np.testing.assert_array_equal(indices, [4, 0, 1, 2])
    np.testing.assert_array_equal(probabilities, CHANCES[[1, 0, 1, 0]])


def test_context_is_compared_with_each_image_alone():
    whole = np.array([[0, 0, 0], CHANCES[1], CHANCES[2], [0, 0, 0], [0, 0, 0]], np.float32)
    figures = evaluate_context(ENSEMBLE, whole, TRAIN, arrays(None, 4), HOLDOUT, CLASSES)
    assert list(figures["alone"]) == ["holdout", "oof"]
    assert figures["alone"]["oof"]["accuracy"] == 0.5
    assert figures["whole_photographs"]["oof"]["accuracy"] == 1.0
    assert figures["whole_photographs"]["oof"]["images"] == 2


def test_a_member_is_scored_on_its_validation_and_the_holdout():
    member = MemberPredictions(np.array([3, 2], np.int32), CHANCES[[0, 0]], CHANCES[[1, 1]], CHANCES[:0])
    figures = evaluate_member(member, TRAIN, HOLDOUT, CLASSES)
    assert list(figures) == ["validation", "holdout"]
    assert (figures["validation"]["accuracy"], figures["holdout"]["accuracy"]) == (0.5, 0.5)


def test_a_member_without_images_has_no_figures():
    member = MemberPredictions(NOBODY, CHANCES[:0], CHANCES[:0], CHANCES)
    assert evaluate_member(member, TRAIN, NOBODY, CLASSES) == {}


GROUPED = ["n/0", "n/1", "v/a", "v/o"]
UNSURE = np.array(
    [
        [0.6, 0.1, 0.2, 0.1],  # n/0: right
        [0.1, 0.2, 0.7, 0.0],  # n/1: taken for v/a, right within its group
        [0.4, 0.3, 0.2, 0.1],  # n/1: wrong within its group, too
        [0.9, 0.0, 0.1, 0.0],  # v/a: taken for n/0, right within its group
    ],
    np.float32,
)
TRUTH = np.array([0, 1, 1, 2], np.int32)


def test_each_group_is_scored_among_all_classes_and_among_its_own():
    figures = scores_by_group(UNSURE, TRUTH, GROUPED)
    groups = figures.pop("groups")
    assert figures == scores(UNSURE, TRUTH, GROUPED)
    assert groups == {
        "n": {"accuracy": 0.333333, "accuracy_within": 0.666667, "images": 3},
        "v": {"accuracy": 0.0, "accuracy_within": 1.0, "images": 1},
    }
    assert [type(value) for value in groups["n"].values()] == [float, float, int]


def test_a_groups_classes_need_not_stand_together():
    figures = scores_by_group(UNSURE, TRUTH, ["n/0", "v/a", "n/1", "v/o"])  # groups of columns 0, 2 and 1, 3
    assert figures["groups"] == {
        "n": {"accuracy": 0.5, "accuracy_within": 0.5, "images": 2},
        "v": {"accuracy": 0.0, "accuracy_within": 1.0, "images": 2},
    }


def test_classes_beside_the_groups_are_a_group_of_their_own():
    assert list(scores_by_group(UNSURE, TRUTH, ["A", "n/0", "n/1", "v/a"])["groups"]) == ["", "n", "v"]


@pytest.mark.parametrize("classes", [list("ABCD"), ["n/0", "n/1", "n/2", "n/3"]])
def test_classes_of_one_group_are_scored_together_only(classes):
    assert scores_by_group(UNSURE, TRUTH, classes) == scores(UNSURE, TRUTH, classes)
    assert "groups" not in scores_by_group(UNSURE, TRUTH, classes)


def test_a_group_without_images_has_no_right_answers():
    figures = scores_by_group(UNSURE[:3], TRUTH[:3], GROUPED)
    assert figures["groups"]["v"] == {"accuracy": 0.0, "accuracy_within": 0.0, "images": 0}


def test_every_part_has_its_groups():
    classes = ["n/A", "n/B", "v/C"]
    figures = evaluate_ensemble(ENSEMBLE, TRAIN, arrays([2, 2, 0, 1]), HOLDOUT, classes)
    images = {
        part: {name: group["images"] for name, group in figures[part]["groups"].items()}
        for part in ("holdout", "oof", "test")
    }
    assert images == {"holdout": {"n": 2, "v": 0}, "oof": {"n": 1, "v": 1}, "test": {"n": 2, "v": 2}}
    member = MemberPredictions(np.array([3, 2], np.int32), CHANCES[[0, 0]], CHANCES[[1, 1]], CHANCES[:0])
    figures = evaluate_member(member, TRAIN, HOLDOUT, classes)
    assert figures["validation"]["groups"]["v"] == {"accuracy": 0.0, "accuracy_within": 1.0, "images": 1}
    assert figures["holdout"]["groups"]["n"] == {"accuracy": 0.5, "accuracy_within": 0.5, "images": 2}


def test_accuracy_has_six_digits_and_is_zero_of_nothing():
    assert accuracy(np.array([0, 1, 1]), np.array([0, 1, 0])) == 0.666667
    assert accuracy(np.array([], np.int64), np.array([], np.int32)) == 0.0


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

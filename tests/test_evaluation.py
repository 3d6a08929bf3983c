"""Which images the metrics of each part are computed on."""

import numpy as np
import pytest

from letterpress.evaluation.evaluation import (
    Targets,
    compute_details,
    evaluate_ensemble,
    evaluate_member,
    load_targets,
    summarize_details,
)
from letterpress.storage import prepared
from letterpress.storage.splits import save_splits
from tests.predictions import make_predictions, make_split, one_hot

CLASSES = ["A", "B", "C"]
HOLDOUT = np.array([0, 4], np.int32)
TARGETS = Targets(np.array([0, 1, 2, 0, 1, 2, 2, 0, 1], np.int32), 5, HOLDOUT, CLASSES)
UNKNOWN = Targets(np.array([0, 1, 2, 0, 1, -1, -1, -1, -1], np.int32), 5, HOLDOUT, CLASSES)
FINAL = make_predictions(one_hot([0, 1, 0, None, 1, 2, 2, 1, 0]), [2, 2, 1, 0, 2, 2, 2, 2, 2])
MEMBER = make_predictions(one_hot([1, None, 0, 0, 1, 2, 2, 2, 2]))


def figures(metrics: dict) -> dict:
    return {part: (of["accuracy"], of["n"]) for part, of in metrics.items()}


def test_each_part_has_its_own_images():
    metrics = evaluate_ensemble(FINAL, TARGETS)
    assert figures(metrics) == {"holdout": (1.0, 2), "oof": (0.5, 2), "test": (0.5, 4)}
    assert metrics["oof"]["n_votes"] == 1.5
    assert "n_votes" not in metrics["holdout"]
    labels, predicted = TARGETS.out_of_sample(FINAL)
    assert (labels.tolist(), predicted.tolist()) == ([0, 1, 2, 1], [0, 1, 0, 1])


def test_test_images_without_labels_and_empty_parts_are_left_out():
    assert list(evaluate_ensemble(FINAL, UNKNOWN)) == ["holdout", "oof"]
    assert evaluate_ensemble(make_predictions(one_hot([None] * 5 + [0] * 4)), UNKNOWN) == {}


def test_a_member_is_evaluated_on_its_validation_images_and_the_holdout():
    assert figures(evaluate_member(MEMBER, TARGETS)) == {"validation": (0.5, 2), "holdout": (0.5, 2)}
    assert evaluate_member(make_predictions(one_hot([None] * 5 + [0] * 4)), TARGETS) == {}


def test_details_and_their_summary():
    before = make_predictions(one_hot([0, 0, 0, None, 0, 2, 2, 1, 0]))
    grouped = make_predictions(one_hot([None, 1, 2, None, None, None, None, None, None]))
    context = {"without_context": before, "grouped_by_photo": grouped}
    details = compute_details(FINAL, {"m0": MEMBER, "m1": FINAL}, TARGETS, context, temperature=1.0)
    names = ["holdout", "oof", "test", "without_context", "grouped_by_photo", "most_confused", "members"]
    assert list(details) == names
    assert figures(details["without_context"]) == {"holdout": (0.5, 2), "oof": (0.0, 2), "test": (0.5, 4)}
    assert figures(details["grouped_by_photo"]) == {"oof": (1.0, 2)}
    assert details["most_confused"] == [{"true": "C", "predicted": "A", "n": 1}]
    assert summarize_details(details) == {
        "validation": {"mean": 0.5, "std": 0.0, "best": 0.5},
        "holdout": {"accuracy": 1.0},
        "oof": {"accuracy": 0.5},
        "test": {"accuracy": 0.5},
        "without_context": {"accuracy": 0.0},
        "grouped_by_photo": {"accuracy": 1.0},
    }


def test_the_calibration_before_the_temperature_is_told_as_well():
    before = make_predictions([[0.6, 0.3, 0.1]] * 9)
    squared = make_predictions([[0.36 / 0.46, 0.09 / 0.46, 0.01 / 0.46]] * 9)
    details = compute_details(squared, {}, TARGETS, {}, temperature=0.5)
    expected = evaluate_ensemble(before, TARGETS)
    for part in ("holdout", "oof", "test"):
        for metric in ("ece", "cross_entropy"):
            assert details[part][f"{metric}_uncalibrated"] == pytest.approx(expected[part][metric], abs=2e-6)
            assert details[part][metric] != pytest.approx(expected[part][metric], abs=1e-3)


@pytest.mark.parametrize(
    ("accuracies", "summary"),
    [
        ([0.9, 0.8, 0.7], {"validation": {"mean": 0.8, "std": 0.1, "best": 0.9}}),
        ([0.9], {"validation": {"mean": 0.9, "std": 0.0, "best": 0.9}}),
        ([], {}),
    ],
)
def test_members_are_summarized_by_mean_sample_standard_deviation_and_best(accuracies, summary):
    members = {f"m{i}": {"validation": {"accuracy": accuracy}} for i, accuracy in enumerate(accuracies)}
    assert summarize_details({"members": members | {"unvalidated": {}}}) == summary


def test_groups_are_evaluated_in_every_part():
    targets = Targets(TARGETS.labels, 5, HOLDOUT, ["n/A", "n/B", "v/C"])
    n = {
        part: [group["n"] for group in of["groups"].values()]
        for part, of in evaluate_ensemble(FINAL, targets).items()
    }
    assert n == {"holdout": [2, 0], "oof": [1, 1], "test": [2, 2]}


@pytest.mark.parametrize(("test", "labels"), [(make_split([2, 0]), [2, 0]), (make_split(None, 2), [-1, -1])])
def test_targets_are_loaded(tmp_path, monkeypatch, test, labels):
    monkeypatch.chdir(tmp_path)
    prepared.save_split("labelled", make_split([0, 1, 2]))
    prepared.save_split("test", test)
    prepared.save_classes(CLASSES)
    save_splits({}, HOLDOUT[:1])
    targets = load_targets()
    assert (targets.labels.tolist(), targets.n_labelled) == ([0, 1, 2, *labels], 3)
    assert (targets.holdout.tolist(), targets.classes) == ([0], CLASSES)

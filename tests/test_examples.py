"""The worst errors, and predictions that the context changed."""

import base64
import io

import numpy as np
from PIL import Image

from letterpress.evaluation.errors import find_errors
from letterpress.report.examples import MAX_ERRORS, ContextChange, context_examples, worst_errors
from tests.predictions import make_predictions, make_split

CLASSES = ["a", "b", "c"]
LABELLED = make_split([0, 1, 2, 0])
FINAL = make_predictions([[0.1, 0.9, 0], [0.6, 0.35, 0.05], [0.2, 0.3, 0.5], [0.05, 0, 0.95]])


def worst(final=FINAL, labelled=LABELLED) -> list[dict]:
    return worst_errors(find_errors(final, {"m0": final}, labelled.labels), final, labelled, CLASSES)


def test_errors_are_described():
    assert [(e["id"], e["true"], e["predicted"], e["suspected"]) for e in worst()] == [
        ("<i>3", "a", "c", True),
        ("<i>0", "a", "b", True),
        ("<i>1", "b", "a", False),
    ]
    assert [(e["probability"], e["probability_of_true"]) for e in worst()] == [(0.95, 0.05), (0.9, 0.1), (0.6, 0.35)]


def test_the_second_class_is_told_only_where_it_is_another():
    (error,) = worst(make_predictions([[0.1, 0.7, 0.2]]), make_split([0]))
    assert (error["runner_up"], error["probability_of_runner_up"]) == ("c", 0.2)
    assert [error["runner_up"] for error in worst()] == [None] * 3


def test_an_error_shows_its_own_image():
    prefix, _, encoded = worst()[0]["image"].partition(",")
    assert prefix == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(encoded))), LABELLED.images[3])


def test_the_number_of_errors_is_limited():
    n = MAX_ERRORS + 40
    final = make_predictions([[0.2, 0.8, 0]] * n)
    assert [error["id"] for error in worst(final, make_split([0] * n))] == [f"<i>{i}" for i in range(MAX_ERRORS)]


def test_changes_by_the_context_are_shown_with_the_neighbors():
    """Image 0 becomes correct, image 1 wrong, image 2 stays, image 3 has no vote; 4 is a test image."""
    before = make_predictions([[0.1, 0.9, 0], [0.4, 0.6, 0], [0.2, 0.3, 0.5], [0, 0, 0], [1, 0, 0]])
    after = make_predictions([[0.7, 0.3, 0], [0.9, 0.1, 0], [0.2, 0.3, 0.5], [0, 0, 0], [0, 1, 0]])
    neighbors = np.array([[1, 4], [0, 2], [0, 1], [0, 1], [0, 1]], np.int32)
    examples = context_examples(ContextChange(before, after, neighbors), LABELLED, make_split(None, 1), CLASSES)
    (correct,), (wrong,) = examples["correct"], examples["wrong"]
    keys = ("id", "true", "before", "after")
    assert [correct[key] for key in keys] == ["<i>0", "a", "b", "a"]
    assert [wrong[key] for key in keys] == ["<i>1", "b", "b", "a"]
    assert [neighbor["class"] for neighbor in correct["neighbors"]] == ["b", None]
    assert correct["neighbors"][0]["image"] == wrong["image"]


def test_without_context_nothing_has_changed():
    assert context_examples(None, LABELLED, make_split(None, 1), CLASSES) == {"correct": [], "wrong": []}

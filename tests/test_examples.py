"""The worst errors, and predictions that the context changed."""

import base64
import io

import numpy as np
from PIL import Image

from letterpress.report.examples import MAX_ERRORS, ContextChange, context_examples, worst_errors
from tests.predictions import make_predictions, make_split

CLASSES = ["a", "b", "c"]
LABELLED = make_split([0, 1, 2, 0])
ROWS = np.array([0, 1, 2, 3])
PROBABILITIES = np.array([[0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.3, 0.5], [0.05, 0, 0.95]], np.float32)


def test_errors_are_sorted_by_the_gap_to_the_true_class():
    worst = worst_errors(LABELLED, ROWS, PROBABILITIES, CLASSES)
    assert [(e["id"], e["true"], e["predicted"], e["runner_up"]) for e in worst] == [
        ("<i>3", "a", "c", "a"),
        ("<i>0", "a", "b", "a"),
        ("<i>1", "b", "a", "b"),
    ]
    assert [(e["probability"], e["probability_of_true"], e["probability_of_runner_up"]) for e in worst] == [
        (0.95, 0.05, 0.05),
        (0.9, 0.1, 0.1),
        (0.6, 0.4, 0.4),
    ]


def test_an_error_shows_its_own_image():
    (error,) = worst_errors(LABELLED, ROWS[3:], PROBABILITIES[3:], CLASSES)
    prefix, _, encoded = error["image"].partition(",")
    assert prefix == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(encoded))), LABELLED.images[3])


def test_the_number_of_errors_is_limited():
    n = MAX_ERRORS + 40
    gaps = np.linspace(0.51, 0.99, n, dtype=np.float32)
    worst = worst_errors(make_split([0] * n), np.arange(n), np.stack([1 - gaps, gaps, 0 * gaps], axis=1), CLASSES)
    assert [error["id"] for error in worst] == [f"<i>{i}" for i in range(n - 1, n - 1 - MAX_ERRORS, -1)]


def test_a_wrong_prediction_without_a_gap_is_an_error():
    tied = np.array([[1, 0, 0], [0.5, 0.5, 0]], np.float32)
    assert [error["id"] for error in worst_errors(make_split([0, 1]), np.arange(2), tied, CLASSES)] == ["<i>1"]


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

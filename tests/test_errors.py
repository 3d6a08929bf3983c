"""The worst errors, in their order, with their very images."""

import base64
import io

import numpy as np
from PIL import Image

from letterpress.report.worst_errors import WORST, worst_errors
from letterpress.storage.prepared import Arrays

CLASSES = ["a", "b", "c"]


def arrays(labels: list[int]) -> Arrays:
    n = len(labels)
    images = np.random.default_rng(0).integers(0, 256, (n, 5, 5), dtype=np.uint8)
    return Arrays(images, np.array([f"i{i}" for i in range(n)]), np.full((n, 2), 5, np.int32), np.array(labels))


TRAIN = arrays([0, 1, 2, 0])
INDICES = np.array([3, 0, 1, 2])
CHANCES = np.array([[0.05, 0, 0.95], [0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.3, 0.5]], np.float32)


def test_they_come_by_the_gap_to_the_truth_and_right_answers_do_not():
    worst = worst_errors(TRAIN, INDICES, CHANCES, CLASSES)
    assert [(e["id"], e["true"], e["predicted"], e["runner_up"]) for e in worst] == [
        ("i3", "a", "c", "a"),
        ("i0", "a", "b", "a"),
        ("i1", "b", "a", "b"),
    ]
    assert [(e["probability"], e["probability_of_true"], e["probability_of_runner_up"]) for e in worst] == [
        (0.95, 0.05, 0.05),
        (0.9, 0.1, 0.1),
        (0.6, 0.4, 0.4),
    ]


def test_an_error_shows_its_very_image():
    kind, _, encoded = worst_errors(TRAIN, INDICES, CHANCES, CLASSES)[0]["image"].partition(",")
    assert kind == "data:image/png;base64"
    np.testing.assert_array_equal(Image.open(io.BytesIO(base64.b64decode(encoded))), TRAIN.images[3])


def test_only_so_many_are_shown():
    count = WORST + 40
    gaps = np.linspace(0.51, 0.99, count, dtype=np.float32)
    worst = worst_errors(arrays([0] * count), np.arange(count), np.stack([1 - gaps, gaps, 0 * gaps], axis=1), CLASSES)
    assert [error["id"] for error in worst] == [f"i{i}" for i in range(count - 1, count - 1 - WORST, -1)]


def test_a_wrong_answer_without_a_gap_is_an_error():
    certain = np.array([[1, 0, 0], [0.5, 0.5, 0]], np.float32)
    assert [error["id"] for error in worst_errors(arrays([0, 1]), np.arange(2), certain, CLASSES)] == ["i1"]

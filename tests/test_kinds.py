"""Classes are sorted by their names."""

import numpy as np

from letterpress.context.char_types import NAMES, kinds_of

CLASSES = ["7", "A", "B", "a", "c", "ß", "vowels/1", "Ж", "ж", "!"]


def test_every_class_has_its_kind():
    kinds = [NAMES[kind] for kind in kinds_of(CLASSES).of]
    lower, upper = "lower case", "upper case"
    assert kinds == ["digit", upper, upper, lower, lower, lower, "other", upper, lower, "other"]


def test_letters_with_both_cases_are_paired():
    kinds = kinds_of(CLASSES)
    assert (kinds.uppers.tolist(), kinds.lowers.tolist()) == ([1, 7], [3, 8])


def test_shares_add_up_the_kinds_classes():
    probabilities = np.array([[0.1, 0.2, 0.3, 0.25, 0.15]])
    np.testing.assert_allclose(kinds_of(["7", "A", "B", "a", "!"]).shares(probabilities), [[0.1, 0.5, 0.25, 0.15]])

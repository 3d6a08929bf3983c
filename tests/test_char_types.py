"""Character types of classes, derived from their names."""

import numpy as np

from letterpress.context.char_types import CHAR_TYPES, char_types

CLASSES = ["7", "A", "B", "a", "c", "ß", "vowels/1", "Ж", "ж", "!"]


def test_every_class_has_a_type():
    types = [CHAR_TYPES[char_type] for char_type in char_types(CLASSES).of_class]
    lower, upper = "lower case", "upper case"
    assert types == ["digit", upper, upper, lower, lower, lower, "other", upper, lower, "other"]


def test_letters_with_both_cases_are_paired():
    types = char_types(CLASSES)
    assert (types.upper.tolist(), types.lower.tolist()) == ([1, 7], [3, 8])


def test_probabilities_are_summed_over_the_classes_of_a_type():
    probabilities = np.array([[0.1, 0.2, 0.3, 0.25, 0.15]])
    sums = char_types(["7", "A", "B", "a", "!"]).sum_over(probabilities)
    np.testing.assert_allclose(sums, [[0.1, 0.5, 0.25, 0.15]])

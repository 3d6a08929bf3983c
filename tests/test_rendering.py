"""Rendered letters are of the data set's own classes and size, and the same at every call."""

import numpy as np
import pytest

from letterpress.configuration.data import ImageConfig
from letterpress.infrastructure.errors import UserError
from letterpress.sources.synthetic.render import render

SIZE = ImageConfig(height=12, width=10, preserve_aspect_ratio=False, invert=False, pca_channel=False)


def test_letters_have_the_wanted_size_and_classes():
    images, labels = render(["7", "A", "b"], 60, 0, SIZE)
    assert (images.shape, images.dtype) == ((60, 12, 10), np.uint8)
    assert (labels.dtype, set(labels.tolist())) == (np.int32, {0, 1, 2})
    assert images.std(axis=(1, 2)).min() > 0


def test_the_same_arguments_give_the_same_bytes():
    first, second, other = (render(["A", "b"], 8, seed, SIZE)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_more_letters_begin_with_the_same_ones():
    few, many = render(["A", "b"], 4, 0, SIZE)[0], render(["A", "b"], 8, 0, SIZE)[0]
    np.testing.assert_array_equal(many[:4], few)


def test_a_kind_that_is_missing_among_the_classes_is_not_drawn():
    assert set(render(["0", "1"], 20, 0, SIZE)[1].tolist()) == {0, 1}


def test_classes_that_cannot_be_rendered_are_refused():
    with pytest.raises(UserError, match=r"pretrain\.letters: the class 'vowels/1' cannot be rendered; set it to 0"):
        render(["A", "vowels/1"], 1, 0, SIZE)


def test_no_letter_of_any_class_is_no_work():
    images, labels = render(["vowels/1", "vowels/2"], 0, 0, SIZE)
    assert (images.shape, labels.shape) == ((0, 12, 10), (0,))

"""Hold-out, training and validation images are disjoint, stratified and reproducible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterpress.datasets.splits import (
    classes_of_one,
    least_fraction,
    make_holdout,
    make_member_split,
    stratified_split,
)
from letterpress.infrastructure.errors import UserError
from letterpress.storage import splits as storage

FRACTIONS = st.sampled_from([0.1, 0.2, 0.25, 0.5])


@st.composite
def label_lists(draw):
    """Shuffled labels of 1 to 4 classes, with 10 images or more of each, and maybe a class of one image."""
    counts = draw(st.lists(st.integers(10, 40), min_size=1, max_size=4))
    single = draw(st.booleans())
    labels = np.repeat(np.arange(len(counts) + single), counts + [1] * single)
    return np.random.default_rng(draw(st.integers(0, 9))).permutation(labels)


@given(label_lists(), FRACTIONS, st.integers(0, 2**32 - 1))
def test_both_parts_are_sorted_and_together_all(labels, fraction, seed):
    kept, split_off = stratified_split(np.arange(len(labels)), labels, fraction, seed)
    assert (kept.dtype, split_off.dtype) == (np.int32, np.int32)
    assert kept.tolist() == sorted(kept)
    assert split_off.tolist() == sorted(split_off)
    assert sorted([*kept, *split_off]) == list(range(len(labels)))


@given(label_lists(), FRACTIONS, st.integers(0, 2**32 - 1))
def test_each_class_is_divided_to_within_one_image(labels, fraction, seed):
    _, split_off = stratified_split(np.arange(len(labels)), labels, fraction, seed)
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        expected = 0 if count == 1 else fraction * count
        assert abs((labels[split_off] == label).sum() - expected) <= 1


@given(label_lists(), FRACTIONS, FRACTIONS, st.integers(0, 2**32 - 1))
def test_holdout_validation_and_training_are_disjoint_and_together_all(labels, holdout_fraction, fraction, seed):
    usable, holdout = make_holdout(labels, holdout_fraction, seed)
    split = make_member_split(labels, usable, fraction, seed)
    assert sorted([*split.train, *split.validation, *holdout]) == list(range(len(labels)))


def test_a_class_of_one_image_is_kept_for_training():
    labels = np.array([0, 0, 0, 0, 7, 1, 1, 1, 1])
    for seed in range(20):
        kept, split_off = stratified_split(np.arange(9), labels, 0.5, seed)
        assert 4 in kept
        assert len(split_off) == 4


def test_the_last_image_of_a_class_that_the_holdout_leaves_is_kept_for_training():
    labels = np.array([0] * 8 + [1] * 2)
    usable, _ = make_holdout(labels, 0.5, seed=0)
    split = make_member_split(labels, usable, 0.25, seed=0)
    assert (labels[split.train] == 1).sum() == 1
    assert (labels[split.validation] == 1).sum() == 0


def test_a_fraction_of_zero_keeps_all():
    labels = np.array([0, 1, 2])
    kept, split_off = stratified_split(np.array([2, 0, 1]), labels, 0, seed=0)
    assert kept.tolist() == [0, 1, 2]
    assert (split_off.tolist(), split_off.dtype, kept.dtype) == ([], np.int32, np.int32)


def test_only_the_given_indices_are_divided():
    labels = np.array([0, 1] * 10)
    kept, split_off = stratified_split(np.arange(10, 20), labels, 0.2, seed=0)
    assert sorted([*kept, *split_off]) == list(range(10, 20))
    assert sorted(labels[split_off]) == [0, 1]


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    labels = np.repeat([0, 1], 50)
    splits = [stratified_split(np.arange(100), labels, 0.3, seed)[1].tolist() for seed in (1, 1, 2)]
    assert splits[0] == splits[1]
    assert splits[0] != splits[2]


def test_splits_are_stored_and_loaded_unchanged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = np.repeat([0, 1, 2], 30)
    usable, holdout = make_holdout(labels, 0.2, seed=5)
    members = {f"m{seed}": make_member_split(labels, usable, 0.2, seed) for seed in (0, 1)}
    assert members["m0"].validation.tolist() != members["m1"].validation.tolist()
    storage.save_splits(members, holdout)
    np.testing.assert_array_equal(storage.load_holdout(), holdout)
    for key, split in members.items():
        np.testing.assert_array_equal(storage.load_member_split(key).train, split.train)
        np.testing.assert_array_equal(storage.load_member_split(key).validation, split.validation)


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (
            0.01,
            r"a fraction of 0\.01 of 20 images .* than 5 classes; set it between 0\.25 and 0\.75, or to 0\.$",
        ),
        (
            0.89,
            r"a fraction of 0\.89 of 20 images .* than 5 classes; set it between 0\.25 and 0\.75, or to 0\.$",
        ),
    ],
)
def test_a_fraction_that_leaves_a_class_without_images_is_refused(fraction, text):
    labels = np.repeat(np.arange(5), 4)
    with pytest.raises(UserError, match=rf"^params\.yaml: split: {text}"):
        stratified_split(np.arange(20), labels, fraction, seed=0)


def test_classes_of_one_image_only_cannot_be_divided():
    with pytest.raises(UserError, match=r"no class has two, so set it to 0\.$"):
        stratified_split(np.arange(3), np.arange(3), 0.5, seed=0)


@pytest.mark.parametrize(("key", "draw"), [("holdout", make_holdout), ("validation", None)])
def test_the_sentence_names_the_key(key, draw):
    labels = np.repeat(np.arange(5), 4)
    draw = draw or (lambda labels, fraction, seed: make_member_split(labels, np.arange(20), fraction, seed))
    with pytest.raises(UserError, match=rf"^params\.yaml: split\.{key}: a fraction of 0\.1 of 20 images"):
        draw(labels, 0.1, 0)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=70), st.integers(0, 9))
def test_the_least_fraction_and_its_complement_can_be_drawn(counts, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    least = least_fraction(labels)
    assert (least == 0) == (max(counts) == 1)
    for fraction in {least, 1 - least} - {0, 1}:
        kept, split_off = stratified_split(np.arange(len(labels)), labels, fraction, seed)
        assert len(split_off) >= sum(count > 1 for count in counts)
        assert len(kept) >= len(counts)


@pytest.mark.parametrize(("counts", "least"), [([3] * 62, 0.334), ([5] * 30, 0.2), ([4] * 10, 0.25), ([1] * 9, 0)])
def test_the_least_fraction_leaves_either_side_an_image_for_each_class(counts, least):
    assert least_fraction(np.repeat(np.arange(len(counts)), counts)) == least


def test_classes_of_one_are_the_labels_that_occur_once():
    assert classes_of_one(np.array([3, 1, 3, 2, 0, 2])).tolist() == [0, 1]

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from letterpress.datasets.splits import make_holdout, make_member_split, stratified, too_rare
from letterpress.infrastructure.errors import UserError

SHARES = st.sampled_from([0.1, 0.2, 0.25, 0.5])


@st.composite
def label_lists(draw):
    """Shuffled labels of 1 to 4 classes, with 10 images or more of each, and maybe a class of one image."""
    counts = draw(st.lists(st.integers(10, 40), min_size=1, max_size=4))
    single = draw(st.booleans())
    labels = np.repeat(np.arange(len(counts) + single), counts + [1] * single)
    return np.random.default_rng(draw(st.integers(0, 9))).permutation(labels)


@given(label_lists(), SHARES, st.integers(0, 2**32 - 1))
def test_kept_and_apart_are_disjoint_sorted_and_together_all(labels, share, seed):
    kept, apart = stratified(np.arange(len(labels)), labels, share, seed)
    assert (kept.dtype, apart.dtype) == (np.int32, np.int32)
    assert kept.tolist() == sorted(kept)
    assert apart.tolist() == sorted(apart)
    assert sorted([*kept, *apart]) == list(range(len(labels)))


@given(label_lists(), SHARES, st.integers(0, 2**32 - 1))
def test_each_class_is_divided_in_the_same_share_to_within_one_image(labels, share, seed):
    _, apart = stratified(np.arange(len(labels)), labels, share, seed)
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        expected = 0 if count == 1 else share * count
        assert abs((labels[apart] == label).sum() - expected) <= 1


@given(label_lists(), SHARES, SHARES, st.integers(0, 2**32 - 1))
def test_holdout_validation_and_training_are_disjoint_and_together_all(labels, holdout_share, share, seed):
    usable, holdout = make_holdout(labels, holdout_share, seed)
    split = make_member_split(labels, usable, holdout, share, seed)
    np.testing.assert_array_equal(split.holdout, holdout)
    assert sorted([*split.train, *split.validation, *split.holdout]) == list(range(len(labels)))


def test_a_class_of_one_image_is_kept_for_training():
    labels = np.array([0, 0, 0, 0, 7, 1, 1, 1, 1])
    for seed in range(20):
        kept, apart = stratified(np.arange(9), labels, 0.5, seed)
        assert 4 in kept
        assert len(apart) == 4


def test_the_last_image_of_a_class_that_the_holdout_leaves_is_kept_for_training():
    labels = np.array([0] * 8 + [1] * 2)
    usable, holdout = make_holdout(labels, 0.5, seed=0)
    split = make_member_split(labels, usable, holdout, 0.25, seed=0)
    assert (labels[split.train] == 1).sum() == 1
    assert (labels[split.validation] == 1).sum() == 0


def test_a_share_of_zero_keeps_all():
    labels = np.array([0, 1, 2])
    kept, apart = stratified(np.array([2, 0, 1]), labels, 0, seed=0)
    assert kept.tolist() == [0, 1, 2]
    assert (apart.tolist(), apart.dtype, kept.dtype) == ([], np.int32, np.int32)


def test_only_the_given_indices_are_divided():
    labels = np.array([0, 1] * 10)
    kept, apart = stratified(np.arange(10, 20), labels, 0.2, seed=0)
    assert sorted([*kept, *apart]) == list(range(10, 20))
    assert sorted(labels[apart]) == [0, 1]


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    labels = np.repeat([0, 1], 50)
    drawn = [stratified(np.arange(100), labels, 0.3, seed)[1].tolist() for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_members_of_different_seeds_share_the_holdout_but_not_the_validation():
    labels = np.repeat([0, 1, 2], 30)
    usable, holdout = make_holdout(labels, 0.2, seed=5)
    one, two = (make_member_split(labels, usable, holdout, 0.2, seed) for seed in (0, 1))
    assert one.holdout.tolist() == two.holdout.tolist()
    assert one.validation.tolist() != two.validation.tolist()


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.01, r"a share of 0\.01 of 20 images cannot be stratified \(.*\); change the share or add images\.$"),
        (0.89, r"a share of 0\.89 of 20 images cannot be stratified \(.*\); change the share or add images\.$"),
    ],
)
def test_a_share_that_leaves_a_class_without_image_is_refused(share, text):
    labels = np.repeat(np.arange(5), 4)
    with pytest.raises(UserError, match=rf"^params\.yaml: split: {text}"):
        stratified(np.arange(20), labels, share, seed=0)


def test_classes_of_one_image_only_cannot_be_divided():
    with pytest.raises(UserError, match=r"a share of 0\.5 of 0 images cannot be stratified"):
        stratified(np.arange(3), np.arange(3), 0.5, seed=0)


def test_too_rare_are_the_labels_that_occur_once():
    assert too_rare(np.array([3, 1, 3, 2, 0, 2])).tolist() == [0, 1]

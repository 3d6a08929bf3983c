"""Heads say what scikit-learn's machines say, as probabilities, and only within their groups."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from letterpress.configuration.training import SvcConfig
from letterpress.inference import svc_head as heads
from letterpress.inference.predictor import softmax
from letterpress.inference.svc_head import Head
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import load_arrays, save_arrays

PARAMS = SvcConfig("svc", c=(1.0,), gamma=(0.1,), folds=3, by_group=False, validation=False)
CLASSES = ["a/0", "a/1", "b/0", "c/0", "c/1", "c/2", "d"]  # a and c have more than one class


def clouds(classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping clouds of points, one a class, the same for every seed: float32 (count, 4), int32 (count,)."""
    rng, labels = np.random.default_rng(seed), np.arange(count, dtype=np.int32) % classes
    centres = np.random.default_rng(99).normal(0, 2, (classes, 4))
    return (centres[labels] + rng.normal(0, 1.5, (count, 4))).astype(np.float32), labels


def fit(features: np.ndarray, labels: np.ndarray, classes=None, seed: int = 0, found=None, **options):
    classes = classes or [str(label) for label in range(labels.max() + 1)]
    return heads.fit(features, labels, classes, replace(PARAMS, **options), seed, found or (lambda *_: None))


def one(features: np.ndarray, labels: np.ndarray, **options) -> Head:
    """A head for all classes."""
    return fit(features, labels, **options)[""]


def content(found: dict[str, Head]) -> dict:
    """All that tells two groups of heads apart."""
    return {
        (name, field): (array.dtype, array.shape, array.tobytes())
        for name, head in found.items()
        for field, array in vars(head).items()
    }


@pytest.fixture(scope="module")
def grouped() -> dict[str, Head]:
    return fit(*clouds(7, 140), CLASSES, by_group=True)


@pytest.fixture(scope="module")
def unrefined() -> np.ndarray:
    """What a network might say of 50 images."""
    return softmax(np.random.default_rng(1).normal(0, 2, (50, 7)))


@pytest.mark.parametrize("c", [1.0, 100.0])
@pytest.mark.parametrize("classes", [3, 7])
def test_decisions_are_scikit_learns(classes, c):
    (features, labels), (fresh, _) = clouds(classes, 20 * classes), clouds(classes, 500, seed=1)
    machine = SVC(C=c, gamma=0.1).fit(features, labels)
    decisions = one(features, labels, c=(c,)).decisions(fresh)
    np.testing.assert_allclose(decisions, machine.decision_function(fresh), atol=1e-6)


def test_decisions_on_two_classes_have_scikit_learns_signs():
    (features, labels), (fresh, _) = clouds(2, 40), clouds(2, 500, seed=1)
    decisions = one(features, labels).decisions(fresh)
    assert decisions.shape == (500, 2)
    expected = SVC(C=1, gamma=0.1).fit(features, labels).decision_function(fresh)
    np.testing.assert_array_equal(decisions[:, 1] > decisions[:, 0], expected > 0)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_probabilities_are_the_softmax_of_scaled_decisions(classes):
    head, (fresh, _) = one(*clouds(classes, 20 * classes)), clouds(classes, 100, seed=1)
    probabilities = head.probabilities(fresh)
    assert (probabilities.shape, probabilities.dtype) == ((100, classes), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(100), atol=1e-6)
    powers = np.exp(head.scale * head.decisions(fresh))
    np.testing.assert_allclose(probabilities, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_the_scale_has_the_smallest_cross_entropy_out_of_fold(classes):
    features, labels = clouds(classes, 60 * classes)
    decisions = np.empty((len(labels), classes))
    for seen, unseen in StratifiedKFold(3, shuffle=True, random_state=5).split(features, labels):
        decisions[unseen] = one(features[seen], labels[seen]).decisions(features[unseen])
    scale, images = one(features, labels, seed=5).scale, np.arange(len(labels))
    entropies = [-np.log(softmax(scale * factor * decisions)[images, labels]).mean() for factor in (0.9, 1, 1.1)]
    assert entropies[1] == min(entropies)


def test_the_best_of_the_grid_is_told_and_taken():
    features, labels = clouds(3, 90)
    told = []
    head = one(features, labels, seed=4, c=(0.01, 1.0), gamma=(0.05, 30.0), found=lambda *facts: told.append(facts))
    folds = StratifiedKFold(3, shuffle=True, random_state=4)
    accuracy = cross_val_score(SVC(C=1.0, gamma=0.05), features, labels, cv=folds).mean()
    assert told == [("", {"C": 1.0, "gamma": 0.05}, pytest.approx(accuracy))]
    assert accuracy > 0.8
    assert float(head.gamma) == 0.05
    expected = SVC(C=1.0, gamma=0.05).fit(features, labels).decision_function(features)
    np.testing.assert_allclose(head.decisions(features), expected, atol=1e-6)


def test_a_head_has_the_columns_of_its_classes():
    features, labels = clouds(3, 60)
    head = one(features, np.array([2, 5, 9], np.int32)[labels])
    np.testing.assert_array_equal(head.classes, [2, 5, 9])
    np.testing.assert_array_equal(head.decisions(features), one(features, labels).decisions(features))


def test_no_images_have_no_decisions():
    assert one(*clouds(3, 60)).probabilities(np.empty((0, 4), np.float32)).shape == (0, 3)


def test_every_group_of_two_classes_or_more_has_a_head(grouped):
    assert {name: head.classes.tolist() for name, head in grouped.items()} == {"a": [0, 1], "c": [3, 4, 5]}


def test_a_groups_head_learns_from_its_own_images_alone(grouped):
    features, labels = clouds(7, 140)
    own = (labels >= 3) & (labels <= 5)
    assert content(fit(features[own], labels[own])) == content({"": grouped["c"]})


def test_without_groups_one_head_knows_all_classes():
    found = fit(*clouds(7, 140), CLASSES, by_group=False)
    assert {name: head.classes.tolist() for name, head in found.items()} == {"": [0, 1, 2, 3, 4, 5, 6]}


def test_every_head_is_told():
    told = []
    fit(*clouds(7, 140), CLASSES, by_group=True, found=lambda name, *_: told.append(name))
    assert told == ["a", "c"]


def test_a_class_without_images_is_in_no_head():
    features, labels = clouds(7, 140)
    some = ~np.isin(labels, [1, 4])
    found = fit(features[some], labels[some], CLASSES, by_group=True)
    assert {name: head.classes.tolist() for name, head in found.items()} == {"c": [3, 5]}


def svc(folds: int, by_group: bool) -> SvcConfig:
    return SvcConfig("svc", c=(1.0,), gamma=(0.1,), folds=folds, by_group=by_group, validation=False)


def test_a_class_with_fewer_images_than_folds_is_told():
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2], np.int32)
    with pytest.raises(UserError, match=r"train\.head\.folds is 3, but the class y has 2 images to learn from"):
        heads.check(labels, ["x", "y", "z"], svc(3, by_group=False))
    heads.check(labels, ["x", "y", "z"], svc(2, by_group=False))


def test_a_rare_class_that_is_alone_in_its_group_is_no_matter():
    labels = np.array([0, 0, 0, 1, 1, 1, 2], np.int32)
    heads.check(labels, ["a/x", "a/y", "b/z"], svc(3, by_group=True))


def test_heads_share_out_their_groups_probability(grouped, unrefined):
    features, _ = clouds(7, 50, seed=1)
    refined = heads.refine(unrefined, features, grouped)
    assert refined.dtype == np.float32
    for name, group in (("a", [0, 1]), ("c", [3, 4, 5])):
        of_group = unrefined[:, group].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(refined[:, group].sum(axis=1, keepdims=True), of_group, atol=1e-6)
        np.testing.assert_allclose(refined[:, group], of_group * grouped[name].probabilities(features), atol=1e-6)
    assert np.abs(refined - unrefined).max() > 0.1


def test_groups_without_a_head_keep_their_probabilities(grouped, unrefined):
    refined = heads.refine(unrefined, clouds(7, 50, seed=1)[0], grouped)
    np.testing.assert_array_equal(refined[:, [2, 6]], unrefined[:, [2, 6]])


def test_refining_leaves_the_networks_probabilities(grouped, unrefined):
    before = unrefined.copy()
    heads.refine(unrefined, clouds(7, 50, seed=1)[0], grouped)
    np.testing.assert_array_equal(unrefined, before)


def test_a_head_for_all_classes_has_the_last_word(unrefined):
    features, _ = clouds(7, 50, seed=1)
    head = one(*clouds(7, 140))
    np.testing.assert_allclose(heads.refine(unrefined, features, {"": head}), head.probabilities(features), atol=1e-6)


def test_without_heads_nothing_changes(unrefined):
    np.testing.assert_array_equal(heads.refine(unrefined, np.empty((50, 0), np.float32), {}), unrefined)


def test_heads_survive_a_file(tmp_path, grouped):
    saved = {"": grouped["a"], "x/y": grouped["c"], "a:b": grouped["a"]}
    save_arrays(tmp_path / "h.npz", **heads.to_arrays(saved))
    assert content(heads.from_arrays(load_arrays(tmp_path / "h.npz"))) == content(saved)


def test_a_head_that_was_fitted_twice_is_the_same(grouped):
    assert content(fit(*clouds(7, 140), CLASSES, by_group=True)) == content(grouped)


def test_another_seed_folds_otherwise(grouped):
    other = fit(*clouds(7, 140), CLASSES, by_group=True, seed=1)
    assert other["c"].scale != grouped["c"].scale
    np.testing.assert_array_equal(other["c"].support, grouped["c"].support)

"""SVC heads decide as scikit-learn's SVC does, give probabilities, and stay within their groups."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from letterpress.configuration.training import SvcConfig
from letterpress.inference.predictor import softmax
from letterpress.inference.svc_head import Head, apply_heads, heads_from_arrays, heads_to_arrays
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import load_arrays, save_arrays
from letterpress.training.svc import FittedHead, check_folds, fit_heads

PARAMS = SvcConfig(name="svc", c=(1.0,), gamma=(0.1,), folds=3, by_group=False, fit_on_validation=False)
CLASSES = ["a/0", "a/1", "b/0", "c/0", "c/1", "c/2", "d"]  # a and c have more than one class


def clouds(classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sample points of overlapping clouds, one a class: float32 (count, 4), int32 (count,)."""
    rng, labels = np.random.default_rng(seed), np.arange(count, dtype=np.int32) % classes
    centers = np.random.default_rng(99).normal(0, 2, (classes, 4))
    return (centers[labels] + rng.normal(0, 1.5, (count, 4))).astype(np.float32), labels


def fit_all(
    features: np.ndarray, labels: np.ndarray, classes=None, seed: int = 0, **options
) -> dict[str, FittedHead]:
    classes = classes or [str(label) for label in range(labels.max() + 1)]
    fitted = fit_heads(features, labels, classes, replace(PARAMS, **options), seed)
    return {one.group: one for one in fitted}


def fit(*arguments, **options) -> dict[str, Head]:
    return {group: one.head for group, one in fit_all(*arguments, **options).items()}


def fit_one(features: np.ndarray, labels: np.ndarray, **options) -> Head:
    """Fit a head for all classes."""
    return fit(features, labels, **options)[""]


def content(found: dict[str, Head]) -> dict:
    """Return everything in which heads may differ."""
    return {
        (name, field): (array.dtype, array.shape, array.tobytes())
        for name, head in found.items()
        for field, array in vars(head).items()
    }


@pytest.fixture(scope="module")
def grouped() -> dict[str, Head]:
    return fit(*clouds(7, 140), CLASSES, by_group=True)


@pytest.fixture(scope="module")
def probabilities() -> np.ndarray:
    """Probabilities of a network for 50 images."""
    return softmax(np.random.default_rng(1).normal(0, 2, (50, 7)))


@pytest.mark.parametrize("c", [1.0, 100.0])
@pytest.mark.parametrize("classes", [3, 7])
def test_decisions_equal_those_of_scikit_learn(classes, c):
    (features, labels), (fresh, _) = clouds(classes, 20 * classes), clouds(classes, 500, seed=1)
    svc_ = SVC(C=c, gamma=0.1).fit(features, labels)
    decisions = fit_one(features, labels, c=(c,)).decision_function(fresh)
    np.testing.assert_allclose(decisions, svc_.decision_function(fresh), atol=1e-6)


def test_decisions_on_two_classes_have_scikit_learns_sign():
    (features, labels), (fresh, _) = clouds(2, 40), clouds(2, 500, seed=1)
    decisions = fit_one(features, labels).decision_function(fresh)
    assert decisions.shape == (500, 2)
    expected = SVC(C=1, gamma=0.1).fit(features, labels).decision_function(fresh)
    np.testing.assert_array_equal(decisions[:, 1] > decisions[:, 0], expected > 0)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_probabilities_are_the_softmax_of_scaled_decisions(classes):
    head, (fresh, _) = fit_one(*clouds(classes, 20 * classes)), clouds(classes, 100, seed=1)
    probabilities = head.predict_proba(fresh)
    assert (probabilities.shape, probabilities.dtype) == ((100, classes), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(100), atol=1e-6)
    powers = np.exp(head.scale * head.decision_function(fresh))
    np.testing.assert_allclose(probabilities, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_the_scale_has_the_smallest_cross_entropy_out_of_fold(classes):
    features, labels = clouds(classes, 60 * classes)
    decisions = np.empty((len(labels), classes))
    for train, test in StratifiedKFold(3, shuffle=True, random_state=5).split(features, labels):
        decisions[test] = fit_one(features[train], labels[train]).decision_function(features[test])
    scale, images = fit_one(features, labels, seed=5).scale, np.arange(len(labels))
    entropies = [-np.log(softmax(scale * factor * decisions)[images, labels]).mean() for factor in (0.9, 1, 1.1)]
    assert entropies[1] == min(entropies)


def test_the_best_of_the_grid_is_used_and_returned():
    features, labels = clouds(3, 90)
    fitted = fit_all(features, labels, seed=4, c=(0.01, 1.0), gamma=(0.05, 30.0))[""]
    folds = StratifiedKFold(3, shuffle=True, random_state=4)
    accuracy = cross_val_score(SVC(C=1.0, gamma=0.05), features, labels, cv=folds).mean()
    assert (fitted.best_params, fitted.accuracy) == ({"C": 1.0, "gamma": 0.05}, pytest.approx(accuracy))
    assert accuracy > 0.8
    assert float(fitted.head.gamma) == 0.05
    expected = SVC(C=1.0, gamma=0.05).fit(features, labels).decision_function(features)
    np.testing.assert_allclose(fitted.head.decision_function(features), expected, atol=1e-6)


def test_a_head_has_a_column_for_each_of_its_classes():
    features, labels = clouds(3, 60)
    head = fit_one(features, np.array([2, 5, 9], np.int32)[labels])
    np.testing.assert_array_equal(head.classes, [2, 5, 9])
    np.testing.assert_array_equal(
        head.decision_function(features), fit_one(features, labels).decision_function(features)
    )


def test_no_images_give_no_rows():
    assert fit_one(*clouds(3, 60)).predict_proba(np.empty((0, 4), np.float32)).shape == (0, 3)


def test_every_group_of_two_classes_or_more_has_a_head(grouped):
    assert {name: head.classes.tolist() for name, head in grouped.items()} == {"a": [0, 1], "c": [3, 4, 5]}


def test_a_groups_head_is_fitted_on_its_own_images(grouped):
    features, labels = clouds(7, 140)
    own = (labels >= 3) & (labels <= 5)
    assert content(fit(features[own], labels[own])) == content({"": grouped["c"]})


def test_without_groups_one_head_has_all_classes():
    found = fit(*clouds(7, 140), CLASSES, by_group=False)
    assert {name: head.classes.tolist() for name, head in found.items()} == {"": [0, 1, 2, 3, 4, 5, 6]}


def test_a_class_without_images_is_in_no_head():
    features, labels = clouds(7, 140)
    some = ~np.isin(labels, [1, 4])
    found = fit(features[some], labels[some], CLASSES, by_group=True)
    assert {name: head.classes.tolist() for name, head in found.items()} == {"c": [3, 5]}


def svc(folds: int, by_group: bool) -> SvcConfig:
    return SvcConfig(name="svc", c=(1.0,), gamma=(0.1,), folds=folds, by_group=by_group, fit_on_validation=False)


def test_a_class_with_fewer_images_than_folds_is_refused():
    labels = np.array([0, 0, 0, 1, 1, 2, 2, 2], np.int32)
    with pytest.raises(UserError, match=r"train\.head\.folds is 3, but the class y has 2 images to train on"):
        check_folds(labels, ["x", "y", "z"], svc(3, by_group=False))
    check_folds(labels, ["x", "y", "z"], svc(2, by_group=False))


def test_a_rare_class_without_a_head_is_accepted():
    labels = np.array([0, 0, 0, 1, 1, 1, 2], np.int32)
    check_folds(labels, ["a/x", "a/y", "b/z"], svc(3, by_group=True))


def test_heads_distribute_their_groups_probability(grouped, probabilities):
    features, _ = clouds(7, 50, seed=1)
    result = apply_heads(probabilities, features, grouped)
    assert result.dtype == np.float32
    for name, group in (("a", [0, 1]), ("c", [3, 4, 5])):
        group_probability = probabilities[:, group].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(result[:, group].sum(axis=1, keepdims=True), group_probability, atol=1e-6)
        np.testing.assert_allclose(
            result[:, group], group_probability * grouped[name].predict_proba(features), atol=1e-6
        )
    assert np.abs(result - probabilities).max() > 0.1


def test_groups_without_a_head_keep_their_probabilities(grouped, probabilities):
    result = apply_heads(probabilities, clouds(7, 50, seed=1)[0], grouped)
    np.testing.assert_array_equal(result[:, [2, 6]], probabilities[:, [2, 6]])


def test_applying_heads_keeps_its_input(grouped, probabilities):
    before = probabilities.copy()
    apply_heads(probabilities, clouds(7, 50, seed=1)[0], grouped)
    np.testing.assert_array_equal(probabilities, before)


def test_a_head_for_all_classes_replaces_the_probabilities(probabilities):
    features, _ = clouds(7, 50, seed=1)
    head = fit_one(*clouds(7, 140))
    np.testing.assert_allclose(
        apply_heads(probabilities, features, {"": head}), head.predict_proba(features), atol=1e-6
    )


def test_without_heads_nothing_changes(probabilities):
    np.testing.assert_array_equal(apply_heads(probabilities, np.empty((50, 0), np.float32), {}), probabilities)


def test_heads_round_trip_through_a_file(tmp_path, grouped):
    saved = {"": grouped["a"], "x/y": grouped["c"], "a:b": grouped["a"]}
    save_arrays(tmp_path / "h.npz", **heads_to_arrays(saved))
    assert content(heads_from_arrays(load_arrays(tmp_path / "h.npz"))) == content(saved)


def test_fitting_twice_gives_the_same_head(grouped):
    assert content(fit(*clouds(7, 140), CLASSES, by_group=True)) == content(grouped)


def test_another_seed_has_other_folds(grouped):
    other = fit(*clouds(7, 140), CLASSES, by_group=True, seed=1)
    assert other["c"].scale != grouped["c"].scale
    np.testing.assert_array_equal(other["c"].support, grouped["c"].support)

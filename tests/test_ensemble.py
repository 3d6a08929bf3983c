"""Members' probabilities become one, by hand on small arrays."""

import io

import numpy as np
import pytest

from letterpress.configuration.ensemble import EnsembleConfig, MemberConfig
from letterpress.ensembling.averaging import average, combine
from letterpress.infrastructure.errors import UserError
from letterpress.storage.predictions import EnsemblePredictions, MemberPredictions, load_ensemble, load_members, save
from tests.archives import damaged

A = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], np.float32)
B = np.array([[0.1, 0.3, 0.6], [0.7, 0.2, 0.1]], np.float32)
BOTH, EVEN = {"a": A, "b": B}, {"a": 1.0, "b": 1.0}
NO_ROWS = np.empty((0, 3), np.float32)


def ensemble(method: str = "mean", weights: dict[str, float] | None = None, keys: str = "ab") -> EnsembleConfig:
    return EnsembleConfig(method, weights, {key: MemberConfig("vgg_bn", 0, {}) for key in keys})


def member(indices: list[int], validation: np.ndarray, holdout=NO_ROWS, test=NO_ROWS) -> MemberPredictions:
    return MemberPredictions(np.array(indices, np.int32), np.array(validation, np.float32), holdout, test)


def test_the_mean_of_two():
    np.testing.assert_allclose(combine(BOTH, EVEN, "mean"), [[0.3, 0.3, 0.4], [0.4, 0.15, 0.45]], atol=1e-6)


def test_weights_lend_members_more_say():
    mixed = combine(BOTH, {"a": 3.0, "b": 1.0}, "weights")
    np.testing.assert_allclose(mixed, [[0.4, 0.3, 0.3], [0.25, 0.125, 0.625]], atol=1e-6)


def test_only_the_weights_relation_counts():
    few, many = ({"a": factor * 1.0, "b": factor * 3.0} for factor in (1, 100))
    np.testing.assert_allclose(combine(BOTH, few, "weights"), combine(BOTH, many, "weights"), atol=1e-6)


def test_the_geometric_mean_is_made_to_sum_to_one():
    roots = np.sqrt([[0.05, 0.09, 0.12], [0.07, 0.02, 0.08]])
    expected = roots / roots.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(combine(BOTH, EVEN, "geometric_mean"), expected, atol=1e-6)


def test_a_probability_of_zero_has_a_logarithm_all_the_same():
    certain = np.array([[1, 0, 0]], np.float32)
    mixed = combine({"a": certain, "b": certain[:, ::-1]}, EVEN, "geometric_mean")
    np.testing.assert_allclose(mixed, [[0.5, 0, 0.5]], atol=1e-5)


@pytest.mark.parametrize("method", ["mean", "geometric_mean", "weights"])
def test_one_members_word_is_the_ensembles(method):
    np.testing.assert_allclose(combine({"a": A}, {"a": 0.5}, method), A, atol=1e-6)


@pytest.mark.parametrize("method", ["mean", "geometric_mean"])
def test_rows_sum_to_one_in_float32(method):
    mixed = combine(BOTH, EVEN, method)
    assert mixed.dtype == np.float32
    np.testing.assert_allclose(mixed.sum(axis=1), [1, 1], atol=1e-6)


def test_holdout_and_test_images_are_judged_by_all():
    members = {"a": member([0], A[:1], A, A[:1]), "b": member([0], B[:1], B, B[:1])}
    judgement = average(members, ensemble(), 1)
    np.testing.assert_allclose(judgement.holdout, combine(BOTH, EVEN, "mean"))
    np.testing.assert_allclose(judgement.test, judgement.holdout[:1])


@pytest.mark.parametrize("method", ["mean", "geometric_mean"])
def test_out_of_fold_only_who_validated_an_image_judges_it(method):
    members = {"a": member([1, 3], A), "b": member([3, 4], B)}
    judgement = average(members, ensemble(method), 5)
    shared = combine({"a": A[1:], "b": B[:1]}, EVEN, method)
    np.testing.assert_allclose(judgement.oof, [[0, 0, 0], A[0], [0, 0, 0], shared[0], B[1]], atol=1e-6)
    np.testing.assert_array_equal(judgement.judges, [0, 1, 0, 2, 1])
    assert (judgement.oof.dtype, judgement.judges.dtype) == (np.float32, np.int32)


def test_out_of_fold_weights_are_those_of_the_judges():
    members = {"a": member([0, 1], A), "b": member([1, 2], B)}
    judgement = average(members, ensemble("weights", {"a": 3.0, "b": 1.0}), 3)
    np.testing.assert_allclose(judgement.oof, [A[0], (3 * A[1] + B[0]) / 4, B[1]], atol=1e-6)


def test_a_member_without_weight_is_no_judge():
    members = {"a": member([0, 1], A, A, A), "b": member([1, 2], B, B, B)}
    judgement = average(members, ensemble("weights", {"a": 1.0, "b": 0.0}), 3)
    np.testing.assert_allclose(judgement.oof, [A[0], A[1], [0, 0, 0]], atol=1e-6)
    np.testing.assert_array_equal(judgement.judges, [1, 1, 0])
    np.testing.assert_allclose(judgement.holdout, A, atol=1e-6)


def test_without_validation_images_nobody_judges():
    judgement = average({"a": member([], NO_ROWS, A, A)}, ensemble(keys="a"), 2)
    np.testing.assert_array_equal(judgement.oof, np.zeros((2, 3)))
    np.testing.assert_array_equal(judgement.judges, [0, 0])


def test_judgements_are_saved_and_loaded(tmp_path):
    for key, rows in BOTH.items():
        save(member([4, 2], rows, rows[:1]), tmp_path / f"{key}.npz")
    loaded = load_members(["b", "a"], tmp_path)
    assert list(loaded) == ["b", "a"]
    np.testing.assert_equal(vars(loaded["a"]), vars(member([4, 2], A, A[:1])))


def test_the_ensembles_judgement_is_saved_and_loaded(tmp_path):
    judgement = EnsemblePredictions(A, np.array([1, 2], np.int32), B, NO_ROWS)
    save(judgement, tmp_path / "ensemble.npz")
    np.testing.assert_equal(vars(load_ensemble(tmp_path / "ensemble.npz")), vars(judgement))


def test_a_missing_file_is_refused(tmp_path):
    save(member([0], A[:1]), tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"/b\.npz is missing \(2 such files\); run `dvc repro`\.$"):
        load_members(["a", "c", "b"], tmp_path)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"/a\.npz is missing \(1 such files\)"):
        load_members(["a"], tmp_path / "none")


def test_a_surplus_file_is_refused(tmp_path):
    for key in ("a", "old"):
        save(member([0], A[:1]), tmp_path / f"{key}.npz")
    with pytest.raises(UserError, match=r"/old\.npz is of no member .*run `dvc repro` after removing it\.$"):
        load_members(["a"], tmp_path)


def saved(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


WHOLE = saved(**vars(EnsemblePredictions(A, np.array([1, 2], np.int32), B, NO_ROWS)))
DAMAGED = {
    "nothing": b"",
    "no zip": b"What was here is lost.",
    "its end is missing": WHOLE[:-30],
    "a bit is turned": damaged(WHOLE, A.tobytes()),
    "an array is missing": saved(oof=A),
    "an array too many": saved(more=A, **np.load(io.BytesIO(WHOLE))),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "ensemble.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"/ensemble\.npz: cannot be read \(.*\); remove it, and run `dvc repro`\.$"):
        load_ensemble(tmp_path / "ensemble.npz")

"""Trainings with pixel statistics and SVC heads: each part is fitted on its own images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig, ViewConfig
from letterpress.configuration.training import SvcConfig
from letterpress.inference.member import TrainedMember
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.tta import MemberPredictor
from letterpress.infrastructure.errors import UserError
from letterpress.training.callbacks import Callback
from letterpress.training.svc import fit_heads
from letterpress.training.training_data import SyntheticData
from tests.test_trainer import DATA, LONG, MEMBER, bars, make

pytestmark = pytest.mark.usefixtures("float32")

PCA = MemberConfig(network="pca", seed=0, kwargs={"components": 6})
SVC = SvcConfig(name="svc", c=(1.0, 10.0), gamma=(0.05, 0.5), folds=2, by_group=False, fit_on_validation=False)
CLOSED = {"member": PCA, "phases": (), "head": SVC}  # no epoch
OTHERS, OTHER_LABELS = bars(60, seed=2)
# As many validation images, each with the next class's label.
MISLED = replace(DATA, validation_labels=(DATA.validation_labels + 1) % 3)


def save(folder: Path, name: str, **options) -> dict[str, bytes]:
    """Train a member, and return its files."""
    (folder / name).mkdir()
    make(folder / name, **options).fit().save(folder / name / "member")
    return {file.name: file.read_bytes() for file in (folder / name / "member").iterdir()}


def predict(member: TrainedMember, images: np.ndarray = OTHERS) -> np.ndarray:
    unchanged = ViewConfig(rotation=0, zoom=1, invert=False)
    return MemberPredictor(member, (unchanged,), batch_size=64).predict_proba([images])


def accuracy(member: TrainedMember) -> float:
    return (predict(member).argmax(axis=1) == OTHER_LABELS).mean()


def test_components_and_a_head_classify_bars_without_an_epoch(tmp_path):
    trainer = make(tmp_path, **CLOSED)
    member = trainer.fit()
    assert trainer.state.history == []
    assert list(member.heads) == [""]
    assert accuracy(member) > 0.95


def test_a_head_reads_the_networks_features(tmp_path):
    member = make(tmp_path, **CLOSED).fit()
    components, bias = member.network.layers[-2].get_weights()
    features = (DATA.images.reshape(40, 64) / np.float32(255)) @ components + bias
    (expected,) = fit_heads(features, DATA.labels, DATA.classes, SVC, seed=0)
    np.testing.assert_allclose(
        member.heads[""].predict_proba(features), expected.head.predict_proba(features), atol=1e-3
    )


def test_every_group_has_its_own_head(tmp_path):
    member = make(tmp_path, phases=(LONG,), head=replace(SVC, by_group=True)).fit()
    assert {name: head.classes.tolist() for name, head in member.heads.items()} == {"bar": [0, 1]}
    assert accuracy(member) > 0.9


def test_heads_and_components_are_not_fitted_on_validation_images(tmp_path):
    other = replace(DATA, validation_images=255 - DATA.validation_images, validation_labels=MISLED.validation_labels)
    assert save(tmp_path, "a", data=other, **CLOSED) == save(tmp_path, "b", **CLOSED)


def test_fit_on_validation_changes_the_heads_alone(tmp_path):
    options = {**CLOSED, "head": replace(SVC, fit_on_validation=True)}
    fitted, misled = save(tmp_path, "a", **options), save(tmp_path, "b", data=MISLED, **options)
    without = save(tmp_path, "c", **CLOSED)
    assert len({files["heads.npz"] for files in (fitted, misled, without)}) == 3
    assert len({files["network.weights.h5"] for files in (fitted, misled, without)}) == 1
    assert b'"fit_on_validation": true' in fitted["member.json"]
    assert b'"fit_on_validation": false' in without["member.json"]


def test_a_class_with_fewer_images_than_folds_is_refused_before_training(tmp_path):
    with pytest.raises(UserError, match=r"train\.head\.folds is 14, but the class bar/left has 13 images"):
        make(tmp_path, head=replace(SVC, folds=14))


def test_standardized_images_are_classified(tmp_path):
    trainer = make(tmp_path, per_pixel_standardize=True, phases=(LONG,))
    member, history = trainer.fit(), trainer.state.history
    assert history[-1]["loss"] < 0.7 * history[0]["loss"]
    assert accuracy(member) > 0.9
    assert accuracy(make(tmp_path, cache_key="closed", per_pixel_standardize=True, **CLOSED).fit()) > 0.9


def test_all_images_are_standardized_by_the_statistics_of_the_training_images(tmp_path):
    data = replace(
        DATA,
        validation_images=OTHERS,
        validation_labels=OTHER_LABELS,
        synthetic=SyntheticData(OTHERS, OTHER_LABELS, n_per_epoch=8),
    )
    trainer = make(tmp_path, data, per_pixel_standardize=True)
    member, statistics = trainer.fit(), PixelStatistics.from_images(DATA.images)
    np.testing.assert_equal(vars(member.statistics), vars(statistics))
    images, labels = trainer.data.with_synthetic()
    np.testing.assert_array_equal(images, statistics.standardize(np.concatenate([DATA.images, OTHERS])))
    np.testing.assert_array_equal(labels, np.concatenate([DATA.labels, OTHER_LABELS]))
    metrics = trainer.state.history[-1]
    assert metrics["validation_accuracy"] == pytest.approx(accuracy(member))
    true_class_probability = predict(member)[np.arange(60), OTHER_LABELS]
    assert metrics["validation_loss"] == pytest.approx(-np.log(true_class_probability).mean(), rel=1e-4)


def test_without_statistics_and_heads_the_member_is_its_network(tmp_path):
    member = make(tmp_path).fit()
    assert (member.statistics, member.heads, member.fit_on_validation) == (None, {}, False)


def test_callbacks_receive_the_heads(tmp_path):
    received = []

    class Record(Callback):
        def on_head_end(self, group, best_params, accuracy) -> None:
            received.append((group, set(best_params)))

    make(tmp_path, DATA, Record(), **CLOSED).fit()
    assert received == [("", {"C", "gamma"})]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    options = {"per_pixel_standardize": True, "head": SVC}
    first = save(tmp_path, "a", **options)
    assert set(first) == {"member.json", "network.weights.h5", "statistics.npz", "heads.npz"}
    assert save(tmp_path, "b", **options) == first
    other = save(tmp_path, "c", member=replace(MEMBER, seed=1), **options)
    assert [name for name in first if other[name] == first[name]] == ["statistics.npz"]

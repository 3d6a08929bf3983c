"""Members of a network, statistics and heads learn bars; what each part learns from is told apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig, PredictConfig, ViewConfig
from letterpress.configuration.training import PhaseConfig, SvcConfig, TrainConfig
from letterpress.inference import svc_head as heads
from letterpress.inference.member import TrainedMember
from letterpress.inference.pixel_statistics import PixelStatistics
from letterpress.inference.tta import probabilities
from letterpress.training import fitting
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.fitting import Callbacks, fit
from letterpress.training.trainer import Data, Letters
from tests.test_training import ADAM, AUG, DATA, MEMBER, SHORT, bars, ignore, start_names_anew

pytestmark = pytest.mark.usefixtures("float32")

PCA = MemberConfig("pca", 0, {"components": 6})
SVC = SvcConfig("svc", c=(1.0, 10.0), gamma=(0.05, 0.5), folds=2, by_group=False, validation=False)
CLOSED = {"phases": (), "head": SVC}  # nothing is learned step by step
LONG = PhaseConfig(20, None, False, 0.0, 0.0, ADAM, None)

DATA = replace(DATA, classes=["bar/top", "bar/left", "block/middle"])
UNSEEN, TRUTH = bars(60, seed=2)
# As many validation images, of which each has the next class's label.
MISLED = replace(DATA, validation_labels=(DATA.validation_labels + 1) % 3)


def make(
    folder: Path, member: MemberConfig = PCA, data: Data = DATA, epoch=ignore, found=lambda *_: None, **options
) -> tuple[TrainedMember, list[dict]]:
    defaults = {
        "precision": "float32",
        "per_pixel_standardize": False,
        "batch_size": 8,
        "label_smoothing": 0.1,
        "best": None,
    }
    defaults |= {"initial_weights": None, "phases": (SHORT,), "head": None}
    params = TrainConfig(**{**defaults, **options})
    start_names_anew()
    return fit(member, params, AUG, data, Checkpoint(folder / "c.npz", "f"), Callbacks(epoch, found))


def saved(folder: Path, name: str, **options) -> dict[str, bytes]:
    """The member's files."""
    make(folder / name, **options)[0].save(folder / name / "member")
    return {file.name: file.read_bytes() for file in (folder / name / "member").iterdir()}


def judge(member: TrainedMember, images: np.ndarray = UNSEEN) -> np.ndarray:
    plain = ViewConfig(rotation=0, zoom=1, invert=False)
    return probabilities(member, [images], PredictConfig(64, (plain,)))


def accuracy(member: TrainedMember) -> float:
    return (judge(member).argmax(axis=1) == TRUTH).mean()


def test_letters_are_standardized_by_the_statistics_of_the_images(tmp_path, monkeypatch):
    learned_from = []

    class Watched(fitting.Training):
        def __init__(self, member, params, aug, data, *others):
            learned_from.append(data)
            super().__init__(member, params, aug, data, *others)

    monkeypatch.setattr(fitting, "Training", Watched)
    member, _ = make(tmp_path, MEMBER, replace(DATA, letters=Letters(UNSEEN, TRUTH, 8)), per_pixel_standardize=True)
    images, labels = learned_from[0].learned()
    statistics = PixelStatistics.of(DATA.images)
    np.testing.assert_array_equal(images, statistics.standardize(np.concatenate([DATA.images, UNSEEN])))
    np.testing.assert_array_equal(labels, np.concatenate([DATA.labels, TRUTH]))
    np.testing.assert_array_equal(member.statistics.mean, statistics.mean)


def test_components_and_a_head_learn_bars_without_an_epoch(tmp_path):
    member, history = make(tmp_path, **CLOSED)
    assert history == []
    assert list(member.heads) == [""]
    assert accuracy(member) > 0.95


def test_the_head_is_that_of_the_networks_features(tmp_path):
    member, _ = make(tmp_path, **CLOSED)
    components, bias = member.network.layers[-2].get_weights()
    features = (DATA.images.reshape(40, 64) / np.float32(255)) @ components + bias
    expected = heads.fit(features, DATA.labels, DATA.classes, SVC, 0, lambda *_: None)
    found = member.heads[""].probabilities(features)
    np.testing.assert_allclose(found, expected[""].probabilities(features), atol=1e-3)


def test_every_group_has_a_head_of_its_own(tmp_path):
    member, _ = make(tmp_path, MEMBER, phases=(LONG,), head=replace(SVC, by_group=True))
    assert {name: head.classes.tolist() for name, head in member.heads.items()} == {"bar": [0, 1]}
    assert accuracy(member) > 0.9


def test_without_validation_heads_and_components_do_not_see_those_images(tmp_path):
    other = replace(DATA, validation_images=255 - DATA.validation_images, validation_labels=MISLED.validation_labels)
    assert saved(tmp_path, "a", data=other, **CLOSED) == saved(tmp_path, "b", **CLOSED)


def test_with_validation_heads_alone_see_those_images(tmp_path):
    options = {**CLOSED, "head": replace(SVC, validation=True)}
    seen, misled = saved(tmp_path, "a", **options), saved(tmp_path, "b", data=MISLED, **options)
    assert seen["heads.npz"] != misled["heads.npz"]
    assert seen["network.weights.h5"] == misled["network.weights.h5"]
    without = saved(tmp_path, "c", **CLOSED)
    assert seen["heads.npz"] != without["heads.npz"]
    assert seen["network.weights.h5"] == without["network.weights.h5"]


def test_standardised_images_are_learned_and_judged(tmp_path):
    member, history = make(tmp_path, MEMBER, per_pixel_standardize=True, phases=(LONG,))
    assert history[-1]["loss"] < 0.7 * history[0]["loss"]
    assert history[-1]["validation_accuracy"] > 0.9
    assert accuracy(member) > 0.9


def test_pixels_are_standardised_by_the_training_images_alone(tmp_path):
    data = replace(DATA, validation_images=255 - DATA.validation_images)
    member, _ = make(tmp_path, MEMBER, data, per_pixel_standardize=True)
    np.testing.assert_equal(vars(member.statistics), vars(PixelStatistics.of(DATA.images)))


def test_validation_images_are_standardised_like_all_others(tmp_path):
    data = replace(DATA, validation_images=UNSEEN, validation_labels=TRUTH)
    member, history = make(tmp_path, MEMBER, data, per_pixel_standardize=True)
    assert history[-1]["validation_accuracy"] == pytest.approx(accuracy(member))
    true_class_probability = judge(member)[np.arange(60), TRUTH]
    assert history[-1]["validation_loss"] == pytest.approx(-np.log(true_class_probability).mean(), rel=1e-4)


def test_components_of_standardised_images_and_a_head_learn_bars(tmp_path):
    member, _ = make(tmp_path, per_pixel_standardize=True, **CLOSED)
    assert accuracy(member) > 0.9


def test_without_statistics_and_heads_there_is_the_network_alone(tmp_path):
    member, history = make(tmp_path, MEMBER)
    assert (member.statistics, member.heads, len(history)) == (None, {}, 1)


def test_epochs_and_heads_are_told(tmp_path):
    told = []
    make(
        tmp_path,
        MEMBER,
        epoch=lambda row, pace: told.append(row["epoch"]),
        found=lambda group, best, accuracy: told.append((group, set(best))),
        phases=(replace(SHORT, epochs=2),),
        head=SVC,
    )
    assert told == [1, 2, ("", {"C", "gamma"})]


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    options = {"member": MEMBER, "per_pixel_standardize": True, "head": SVC}
    first = saved(tmp_path, "a", **options)
    assert set(first) == {"network.weights.h5", "statistics.npz", "heads.npz"}
    assert saved(tmp_path, "b", **options) == first
    other = saved(tmp_path, "c", **options | {"member": replace(MEMBER, seed=1)})
    assert [name for name in first if other[name] == first[name]] == ["statistics.npz"]

"""Real trainings of a tiny network on 40 images of bars, in three classes."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import (
    AdamConfig,
    AugmentationConfig,
    OneCycleConfig,
    PhaseConfig,
    ReduceOnPlateauConfig,
    SgdConfig,
    TrainConfig,
)
from letterpress.inference.factory import build_network, save_weights
from letterpress.inference.predictor import Predictor
from letterpress.infrastructure.errors import UserError
from letterpress.training.callbacks import Callback
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.csv_log import COLUMNS, CsvLog
from letterpress.training.trainer import Trainer, TrainingSpec, train_member
from letterpress.training.training_data import SyntheticData, TrainingData

pytestmark = pytest.mark.usefixtures("float32")

# One convolution with batch normalization and dropout: all that a training handles, and traced in a second.
MEMBER = MemberConfig(network="unpadded", seed=0, kwargs={"kernel": 3, "depth": 1, "width": 4, "dropout": 0.2})
AUG = AugmentationConfig(
    rotation=10, shear=10, shear_axis="x", translation=0.1, zoom=0.1, brightness=0.1, invert=0.5, fill_mode="nearest"
)
FROZEN = SgdConfig(name="sgd", learning_rate=0.0, momentum=0.0, nesterov=False)
SGD = SgdConfig(name="sgd", learning_rate=0.1, momentum=0.9, nesterov=True)
ADAM = AdamConfig(name="adam", learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)

SHORT = PhaseConfig(
    epochs=1, steps_per_epoch=None, augment=True, weight_decay=0.01, ema_decay=0.9, optimizer=SGD, schedule=None
)
LONG = replace(SHORT, epochs=20, augment=False, weight_decay=0.0, ema_decay=0.0, optimizer=ADAM)
FIRST = replace(SHORT, epochs=2, schedule=OneCycleConfig(name="one-cycle", pct_start=0.3))
PLATEAU = ReduceOnPlateauConfig(name="plateau", monitor="accuracy", factor=0.5, patience=2, min_lr=0.001)
SECOND = replace(LONG, epochs=4, steps_per_epoch=3, schedule=PLATEAU)
CONSTANT = {"phases": (replace(SHORT, ema_decay=0.0, weight_decay=0.0, optimizer=FROZEN),), "label_smoothing": 0.0}


class Killed(Exception):
    """Stands for a signal from outside."""


class Recorder(Callback):
    """Keeps the epochs and their sizes; dies after the epoch `killed_after`."""

    def __init__(self, killed_after: int = 0) -> None:
        self.killed_after, self.epochs, self.n_images = killed_after, [], []

    def on_epoch_end(self, history, pace) -> None:
        self.epochs.append(history[-1]["epoch"])
        self.n_images.append(pace.n_images)
        if history[-1]["epoch"] == self.killed_after:
            raise Killed


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw a bar at the top, at the left or in the middle on noise: uint8 (count, 8, 8), int32 (count,)."""
    rng = np.random.default_rng(seed)
    images, labels = rng.integers(0, 80, (count, 8, 8)), np.arange(count, dtype=np.int32) % 3
    regions = (np.s_[:3, :], np.s_[:, :3], np.s_[2:6, 2:6])
    for image, label in zip(images, labels, strict=True):
        image[regions[label]] += 150
    return images.astype(np.uint8), labels


DATA = TrainingData(*bars(40, seed=0), *bars(12, seed=1), classes=["bar/top", "bar/left", "block/middle"])
# Each image once with every label: a third is correct, whatever the network, so a plateau is certain.
UNDECIDED = replace(DATA, validation_images=np.repeat(bars(4, seed=1)[0], 3, axis=0))
# No label is correct: training makes the validation worse, so the best epoch is not the last.
MISLED = replace(DATA, validation_images=DATA.images, validation_labels=(DATA.labels + 1) % 3)


def reset_names() -> None:
    """Restart the layers' names, which count up and stand in a weights file, as in a new process."""
    policy = keras.config.dtype_policy()
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)


def make_spec(member=MEMBER, aug=AUG, initial_weights=None, **train) -> TrainingSpec:
    defaults = {"precision": "float32", "per_pixel_standardize": False, "batch_size": 8, "label_smoothing": 0.1}
    defaults |= {"monitor": None, "phases": (SHORT,), "head": None}
    return TrainingSpec(member, TrainConfig(**defaults | train), aug, initial_weights)


def make(folder: Path, data=DATA, *callbacks: Callback, cache_key="key", **options) -> Trainer:
    reset_names()
    return Trainer(make_spec(**options), data, Checkpoint(folder / "c.npz", cache_key), callbacks)


def content(network: keras.Model, folder: Path) -> bytes:
    save_weights(network, folder / "w.weights.h5")
    return (folder / "w.weights.h5").read_bytes()


def train(folder: Path, **options) -> bytes:
    """Return the weights file of a whole training."""
    return content(make(folder, **options).fit().network, folder)


def biased_network(n_classes: int = 3) -> keras.Model:
    """Return a network that predicts the probabilities 1/8, 2/8 and 5/8 for every image."""
    network = build_network(MEMBER, (8, 8), n_classes)
    last = network.layers[-1]
    last.set_weights([np.zeros(last.kernel.shape, np.float32), np.log(np.array([1, 2, 5], np.float32))])
    return network


@pytest.fixture(scope="module")
def short(tmp_path_factory, float32) -> bytes:
    """The weights file after one epoch."""
    return train(tmp_path_factory.mktemp("short"))


def train_two_phases(folder: Path, *callbacks: Callback) -> dict:
    """Run two phases with everything that a resumed training must restore."""
    trainer = make(folder, UNDECIDED, *callbacks, monitor="loss", phases=(FIRST, SECOND))
    best = trainer.fit().network
    return {
        "best": content(best, folder),
        "last": content(trainer.state.network, folder),
        "history": trainer.state.history,
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory, float32) -> dict:
    """The training of two phases, not interrupted."""
    return train_two_phases(tmp_path_factory.mktemp("whole"))


def test_the_loss_falls_and_bars_are_classified(tmp_path):
    trainer = make(tmp_path, phases=(LONG,))
    trainer.fit()
    first, *_, last = trainer.state.history
    assert last["loss"] < 0.7 * first["loss"]
    assert last["accuracy"] > 0.9


def test_the_same_seed_gives_the_same_bytes(tmp_path, short):
    assert train(tmp_path) == short


def test_another_seed_gives_other_weights(tmp_path, short):
    assert train(tmp_path, member=replace(MEMBER, seed=1)) != short


def test_every_epoch_has_all_metrics(whole):
    assert [tuple(row) for row in whole["history"]] == [COLUMNS] * 6
    assert [row["epoch"] for row in whole["history"]] == [1, 2, 3, 4, 5, 6]


def test_each_phase_has_its_own_schedule(whole):
    first = [0.1 * (1 - 5.5 / 10) / 0.7, 0]
    assert [row["learning_rate"] for row in whole["history"]] == pytest.approx([*first, 0.01, 0.01, 0.01, 0.005])


@pytest.mark.parametrize("last", [1, 2, 4, 6], ids=["in a phase", "between phases", "in a plateau", "at the end"])
def test_a_resumed_training_gives_the_same_bits(tmp_path, whole, last):
    with pytest.raises(Killed):
        train_two_phases(tmp_path, Recorder(killed_after=last))
    recorder = Recorder()
    assert train_two_phases(tmp_path, recorder) == whole
    assert recorder.epochs == list(range(last + 1, 7))


def test_a_plateau_starts_again_with_each_phase(tmp_path):
    trainer = make(tmp_path, data=UNDECIDED, phases=(replace(SECOND, epochs=2), replace(SECOND, epochs=2)))
    trainer.fit()
    assert [row["learning_rate"] for row in trainer.state.history] == pytest.approx([0.01] * 4)


def test_every_epoch_of_every_phase_samples_again(tmp_path):
    """At a learning rate of 0 and without dropout, losses differ by order and augmentation alone."""
    frozen = replace(SHORT, optimizer=FROZEN, weight_decay=0.0)
    member = replace(MEMBER, kwargs={**MEMBER.kwargs, "dropout": 0.0})
    trainer = make(tmp_path, member=member, phases=(replace(frozen, epochs=2), frozen))
    trainer.fit()
    assert len({row["loss"] for row in trainer.state.history}) == 3


def test_a_phases_average_starts_from_the_current_weights(tmp_path):
    trainer = make(tmp_path, phases=(SHORT, replace(SHORT, optimizer=FROZEN)))
    averaged = trainer.fit().network
    np.testing.assert_equal(averaged.get_weights(), trainer.state.network.get_weights())


def test_a_checkpoint_of_another_training_is_ignored(tmp_path, short):
    train(tmp_path, cache_key="other", member=replace(MEMBER, seed=1))
    assert (tmp_path / "c.npz").exists()
    assert train(tmp_path) == short


@pytest.mark.parametrize("monitor", ["accuracy", "loss"])
def test_the_weights_of_the_best_epoch_are_restored(tmp_path, monitor):
    weights = []

    class KeepWeights(Callback):
        def on_epoch_end(self, history, pace) -> None:
            weights.append(trainer.state.ema_network.get_weights())

    trainer = make(tmp_path, MISLED, KeepWeights(), monitor=monitor, phases=(LONG,))
    restored = trainer.fit().network.get_weights()
    scores = [row[f"validation_{monitor}"] for row in trainer.state.history]
    epoch = scores.index(max(scores) if monitor == "accuracy" else min(scores))
    assert epoch < 19
    np.testing.assert_equal(restored, weights[epoch])
    assert not np.array_equal(restored[0], weights[-1][0])


def test_without_augmentation_the_ranges_do_not_matter(tmp_path, short):
    phases, other = (replace(SHORT, augment=False),), replace(AUG, rotation=180, fill_mode="wrap")
    unchanged = train(tmp_path, phases=phases)
    assert train(tmp_path, phases=phases, aug=other, cache_key="other") == unchanged
    assert unchanged != short
    assert train(tmp_path, aug=replace(AUG, rotation=11), cache_key="augmented") != short


def test_rehearsal_trains_on_synthetic_images(tmp_path):
    """The real images have no bar in the middle: only the synthetic ones do."""
    real = DATA.labels != 2
    data = replace(DATA, images=DATA.images[real], labels=DATA.labels[real])
    middle = DATA.validation_images[DATA.validation_labels == 2]
    predicted = []
    for synthetic in (None, SyntheticData(*bars(90, seed=3), n_per_epoch=30)):
        phases = (replace(FIRST, epochs=12, schedule=None),)
        trainer = make(tmp_path, replace(data, synthetic=synthetic), phases=phases, cache_key=str(synthetic))
        predicted.append(Predictor(trainer.fit().network, 4).predict(middle).argmax(axis=1))
    assert (predicted[0] != 2).all()
    assert (predicted[1] == 2).all()


@pytest.mark.parametrize(
    ("n_synthetic", "batch_size", "n_images"),
    [(0, 12, 36), (0, 64, 64), (25, 8, 64)],
    ids=["full batches", "one batch at least", "with rehearsal"],
)
def test_an_epochs_number_of_images(tmp_path, n_synthetic, batch_size, n_images):
    synthetic = SyntheticData(*bars(90, seed=3), n_synthetic) if n_synthetic else None
    recorder = Recorder()
    make(tmp_path, replace(DATA, synthetic=synthetic), recorder, batch_size=batch_size).fit()
    assert recorder.n_images == [n_images]


def test_steps_per_epoch_set_the_number_of_images_and_the_schedule(tmp_path):
    recorder, schedule = Recorder(), OneCycleConfig(name="one-cycle", pct_start=0.5)
    trainer = make(tmp_path, DATA, recorder, phases=(replace(SHORT, epochs=2, steps_per_epoch=3, schedule=schedule),))
    trainer.fit()
    assert recorder.n_images == [24, 24]
    # The rate of the next step: the fourth of 6, whose middle is at 3.5 / 6, and none.
    assert [row["learning_rate"] for row in trainer.state.history] == pytest.approx([0.1 * 2.5 / 3, 0])


def test_training_starts_from_the_initial_weights(tmp_path):
    initial = biased_network()
    save_weights(initial, tmp_path / "i.weights.h5")
    network = make(tmp_path, initial_weights=tmp_path / "i.weights.h5", **CONSTANT).fit().network
    for after, before in zip(network.trainable_variables, initial.trainable_variables, strict=True):
        np.testing.assert_array_equal(after, before)


def test_an_epochs_metrics_by_hand(tmp_path):
    save_weights(biased_network(), tmp_path / "i.weights.h5")
    data = replace(DATA, validation_labels=np.array([2] * 9 + [0, 1, 1], np.int32))
    trainer = make(tmp_path, data, initial_weights=tmp_path / "i.weights.h5", **CONSTANT)
    trainer.fit()
    loss = -(14 * np.log(1 / 8) + 13 * np.log(2 / 8) + 13 * np.log(5 / 8)) / 40  # 14, 13 and 13 images a class
    validation_loss = -(np.log(1 / 8) + 2 * np.log(2 / 8) + 9 * np.log(5 / 8)) / 12
    assert trainer.state.history == [
        {
            "epoch": 1,
            "learning_rate": 0.0,
            "loss": pytest.approx(loss, rel=1e-5),
            "accuracy": 13 / 40,
            "validation_loss": pytest.approx(validation_loss, rel=1e-5),
            "validation_accuracy": 9 / 12,
        }
    ]


def test_without_validation_images_there_are_no_validation_metrics(tmp_path):
    data = replace(DATA, validation_images=DATA.images[:0], validation_labels=DATA.labels[:0])
    trainer = make(tmp_path, data)
    trainer.fit()
    assert tuple(trainer.state.history[0]) == COLUMNS[:4]


def test_a_loss_that_is_not_finite_is_an_error(tmp_path):
    diverging = replace(SHORT, optimizer=replace(SGD, learning_rate=1e30))
    with pytest.raises(
        UserError, match=r"diverged in epoch 1 \(loss nan\): lower the learning rate in train\.phases"
    ):
        make(tmp_path, phases=(diverging,)).fit()
    assert not (tmp_path / "c.npz").exists()


@pytest.mark.parametrize("monitor", [None, "loss"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_weights_that_diverge_in_the_last_step_are_an_error(tmp_path, monitor):
    diverging = replace(SHORT, steps_per_epoch=1, ema_decay=0.0, optimizer=replace(SGD, learning_rate=1e30))
    with pytest.raises(UserError, match="lower the learning rate"):
        make(tmp_path, monitor=monitor, phases=(diverging,)).fit()


def test_the_average_has_the_networks_moving_statistics(tmp_path):
    trainer = make(tmp_path)
    averaged = trainer.fit().network
    for average, value in zip(
        averaged.non_trainable_weights, trainer.state.network.non_trainable_weights, strict=True
    ):
        np.testing.assert_array_equal(average, value)
    assert np.abs(averaged.get_weights()[0] - trainer.state.network.get_weights()[0]).max() > 1e-4


def test_without_averaging_the_networks_weights_are_kept(tmp_path):
    trainer = make(tmp_path, phases=(replace(SHORT, ema_decay=0.0),))
    np.testing.assert_equal(trainer.fit().network.get_weights(), trainer.state.network.get_weights())


def test_bfloat16_layers_train_float32_weights(tmp_path, bfloat16, short):
    network = make(tmp_path).fit().network
    assert {weight.dtype for weight in network.weights} == {"float32"}
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    assert content(network, tmp_path) != short


def test_a_finished_training_leaves_member_and_curve_and_no_checkpoint(tmp_path, monkeypatch, short):
    monkeypatch.chdir(tmp_path)
    reset_names()
    summary = train_member("m0", make_spec(), DATA, Path("models/m0"), CsvLog(Path("m0.csv")))
    assert Path("models/m0/network.weights.h5").read_bytes() == short
    assert len(Path("m0.csv").read_text().splitlines()) == 2
    assert summary["epochs"] == 1
    assert list(Path("checkpoints").iterdir()) == []


def test_balanced_classes_weigh_the_same():
    uneven = replace(DATA, labels=np.array([0, 0, 0, 1, 2, 2], np.int32), images=DATA.images[:6])
    np.testing.assert_allclose(uneven.class_weight(), [6 / 9, 2, 1])
    assert np.bincount(uneven.labels) @ uneven.class_weight() == pytest.approx(6)
    without = replace(uneven, labels=np.array([0, 0, 2, 2, 2, 2], np.int32))
    np.testing.assert_allclose(without.class_weight(), [1, 0, 0.5])


def test_class_weights_change_the_training(tmp_path):
    uneven, losses = replace(DATA, labels=np.minimum(DATA.labels, 1)), []
    for class_weight in ("balanced", None):
        trainer = make(tmp_path, uneven, cache_key=str(class_weight), class_weight=class_weight, **CONSTANT)
        trainer.fit()
        losses.append(trainer.state.history[0]["loss"])
    assert losses[0] != pytest.approx(losses[1], rel=1e-3)

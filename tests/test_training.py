"""Real trainings of a tiny network on 40 pictures of bars, in three classes."""

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
from letterpress.inference import factory as networks
from letterpress.inference.predictor import Predictor
from letterpress.infrastructure.errors import UserError
from letterpress.training import csv_log as curves
from letterpress.training import train_step_tensorflow as step_tensorflow
from letterpress.training.augmentation import Transforms
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.optimizers import make_optimizer
from letterpress.training.sampler import Batches
from letterpress.training.train_step import Setting
from letterpress.training.train_step_tensorflow import Stepper
from letterpress.training.trainer import Data, Letters, Pace, Training

pytestmark = pytest.mark.usefixtures("float32")

MEMBER = MemberConfig("stem_vgg_bn", 0, {"width": 4, "dense": 8, "dropout": 0.2})
AUG = AugmentationConfig(
    rotation=10, shear=10, shear_axis="x", translation=0.1, zoom=0.1, brightness=0.1, invert=0.5, fill_mode="nearest"
)
STILL = SgdConfig("sgd", learning_rate=0.0, momentum=0.0, nesterov=False)
SGD = SgdConfig("sgd", learning_rate=0.1, momentum=0.9, nesterov=True)
ADAM = AdamConfig("adam", learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)

SHORT = PhaseConfig(
    epochs=1, steps_per_epoch=None, augment=True, weight_decay=0.01, ema_decay=0.9, optimizer=SGD, schedule=None
)
FIRST = replace(SHORT, epochs=2, schedule=OneCycleConfig("one-cycle", pct_start=0.3))
SECOND = PhaseConfig(
    epochs=4,
    steps=3,
    augment=False,
    weight_decay=0.0,
    ema_decay=0.0,
    optimizer=ADAM,
    schedule=ReduceOnPlateauConfig("plateau", monitor="accuracy", factor=0.5, patience=2, min_lr=0.001),
)
CONSTANT = {"phases": (replace(SHORT, ema_decay=0.0, weight_decay=0.0, optimizer=STILL),), "label_smoothing": 0.0}


class Killed(Exception):
    """Stands for what ends a training from outside."""


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bar at the top, at the left or in the middle: uint8 (count, 8, 8), int32 (count,)."""
    rng = np.random.default_rng(seed)
    images, labels = rng.integers(0, 80, (count, 8, 8)), np.arange(count, dtype=np.int32) % 3
    places = (np.s_[:3, :], np.s_[:, :3], np.s_[2:6, 2:6])
    for image, label in zip(images, labels, strict=True):
        image[places[label]] += 150
    return images.astype(np.uint8), labels


DATA = Data(*bars(40, seed=0), *bars(12, seed=1), classes=["top", "left", "middle"])
# Each picture once with every label: a third is right, whatever the network, so a plateau is certain.
UNDECIDED = replace(DATA, validation_images=np.repeat(bars(4, seed=1)[0], 3, axis=0))
# No label is right: what is learned makes the validation worse, so the best epoch is not the last.
MISLED = replace(DATA, validation_images=DATA.images, validation_labels=(DATA.labels + 1) % 3)


def ignore(row: dict, pace: Pace) -> None:
    """For trainings that nobody watches."""


def start_names_anew() -> None:
    """As in a new process: a weights file holds the layers' names, which count up."""
    policy = keras.config.dtype_policy()
    keras.utils.clear_session(free_memory=False)
    keras.config.set_dtype_policy(policy)


def make(
    checkpoint: Path, on_epoch=ignore, data=DATA, aug=AUG, member=MEMBER, fingerprint="f", initial=None, **options
) -> Training:
    defaults = {
        "precision": "float32",
        "batch_size": 8,
        "label_smoothing": 0.1,
        "best": None,
        "initial_weights": None,
    }
    defaults |= {"per_pixel_standardize": False, "head": None}
    params = TrainConfig(**{**defaults, "phases": (SHORT,), **options})
    start_names_anew()
    return Training(member, params, aug, data, Checkpoint(checkpoint, fingerprint), on_epoch, initial)


def content(network: keras.Model, folder: Path) -> bytes:
    networks.save_weights(network, folder / "w.weights.h5")
    return (folder / "w.weights.h5").read_bytes()


def trained(folder: Path, **options) -> bytes:
    """The weights file of a training that is not disturbed."""
    return content(make(folder / "c.npz", **options).fit(), folder)


def log_bias(n_classes: int = 3) -> keras.Model:
    """A network whose answer to any image is the probabilities 1/8, 2/8 and 5/8."""
    network = networks.build(MEMBER, (8, 8), n_classes)
    network.layers[-1].set_weights([np.zeros((8, 3), np.float32), np.log(np.array([1, 2, 5], np.float32))])
    return network


def stepper(
    network, averaged, *, images=DATA.images, optimizer=STILL, label_smoothing=0.0, decay=0.0, fill=None
) -> Stepper:
    made = make_optimizer(replace(SHORT, optimizer=optimizer, weight_decay=0.0), network, steps_per_epoch=10)
    return Stepper(Setting(network, averaged, made, label_smoothing, decay, fill), images, DATA.labels)


def plain_steps(order: list[list[int]]) -> Batches:
    """Steps over unchanged images."""
    indices = np.array(order, np.int32)
    zeros = np.zeros(indices.shape, np.float32)
    maps = np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (*indices.shape, 1))
    return Batches(indices, Transforms(maps, zeros, zeros))


@pytest.fixture(scope="module")
def short(tmp_path_factory, float32) -> bytes:
    """What one undisturbed epoch ends in."""
    return trained(tmp_path_factory.mktemp("short"))


def everything(folder: Path, on_epoch=ignore) -> dict:
    """Two phases with all that a resumed training must remember; the best weights, the last ones and the history."""
    training = make(folder / "c.npz", on_epoch, UNDECIDED, monitor="loss", phases=(FIRST, SECOND))
    best = training.fit()
    return {
        "best": content(best, folder),
        "last": content(training.network, folder),
        "history": training.history,
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory, float32) -> dict:
    """The undisturbed training of two phases."""
    return everything(tmp_path_factory.mktemp("whole"))


def test_the_loss_falls_and_the_bars_are_learned(tmp_path):
    phase = PhaseConfig(20, None, False, 0.0, 0.0, ADAM, None)
    training = make(tmp_path / "c.npz", phases=(phase,))
    training.fit()
    first, *_, last = training.history
    assert last["loss"] < 0.7 * first["loss"]
    assert last["accuracy"] > 0.9


def test_two_trainings_end_in_the_same_bytes(tmp_path, short):
    assert trained(tmp_path) == short


def test_another_seed_ends_in_other_weights(tmp_path, short):
    assert trained(tmp_path, member=replace(MEMBER, seed=1)) != short


def test_every_epoch_has_all_columns(whole):
    assert [tuple(row) for row in whole["history"]] == [curves.COLUMNS] * 6
    assert [row["epoch"] for row in whole["history"]] == [1, 2, 3, 4, 5, 6]


def test_each_phase_has_its_own_rates_and_plateau(whole):
    first = [0.1 * (1 - 5.5 / 10) / 0.7, 0]
    assert [row["learning_rate"] for row in whole["history"]] == pytest.approx([*first, 0.01, 0.01, 0.01, 0.005])


@pytest.mark.parametrize("last", [1, 2, 4, 6], ids=["in a phase", "between phases", "in a plateau", "at the end"])
def test_a_resumed_training_ends_in_the_same_bits(tmp_path, whole, last):
    def kill(row: dict, pace: Pace) -> None:
        if row["epoch"] == last:
            raise Killed

    with pytest.raises(Killed):
        everything(tmp_path, kill)
    epochs = []
    assert everything(tmp_path, lambda row, pace: epochs.append(row["epoch"])) == whole
    assert epochs == list(range(last + 1, 7))


def test_a_phases_plateau_does_not_remember_the_phase_before(tmp_path):
    phases = (replace(SECOND, epochs=2), replace(SECOND, epochs=2))
    training = make(tmp_path / "c.npz", data=UNDECIDED, phases=phases)
    training.fit()
    assert [row["learning_rate"] for row in training.history] == pytest.approx([0.01] * 4)


def test_every_epoch_of_every_phase_draws_anew(tmp_path):
    """At a rate of 0 and without dropout, losses differ by the images' order and changes alone."""
    still = replace(SHORT, optimizer=STILL, weight_decay=0.0)
    member = replace(MEMBER, kwargs={**MEMBER.kwargs, "dropout": 0.0})
    training = make(tmp_path / "c.npz", member=member, phases=(replace(still, epochs=2), still))
    training.fit()
    assert len({row["loss"] for row in training.history}) == 3


def test_a_phases_average_starts_from_the_networks_own_weights(tmp_path):
    training = make(tmp_path / "c.npz", phases=(SHORT, replace(SHORT, optimizer=STILL)))
    averaged = training.fit()
    np.testing.assert_equal(averaged.get_weights(), training.network.get_weights())


def test_a_checkpoint_of_another_fingerprint_is_ignored(tmp_path, short):
    trained(tmp_path, fingerprint="other", member=replace(MEMBER, seed=1))
    assert (tmp_path / "c.npz").exists()
    assert trained(tmp_path) == short


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # numpy's, where it refuses an archive
def test_a_truncated_checkpoint_is_ignored(tmp_path, short):
    trained(tmp_path)
    whole = (tmp_path / "c.npz").read_bytes()
    (tmp_path / "c.npz").write_bytes(whole[: len(whole) // 2])
    assert trained(tmp_path) == short


@pytest.mark.parametrize("best", ["accuracy", "loss"])
def test_the_weights_of_the_best_epoch_are_kept(tmp_path, best):
    weights = []
    training = make(
        tmp_path / "c.npz",
        on_epoch=lambda row, pace: weights.append(training.averaged.get_weights()),
        data=MISLED,
        monitor=best,
        phases=(PhaseConfig(20, None, False, 0.0, 0.0, ADAM, None),),
    )
    kept = training.fit().get_weights()
    figures = [row[f"validation_{best}"] for row in training.history]
    epoch = figures.index(max(figures) if best == "accuracy" else min(figures))
    assert epoch < 19
    np.testing.assert_equal(kept, weights[epoch])
    assert not np.array_equal(kept[0], weights[-1][0])


def test_without_best_the_last_epochs_weights_are_kept(tmp_path):
    weights = []
    training = make(
        tmp_path / "c.npz",
        on_epoch=lambda row, pace: weights.append(training.averaged.get_weights()),
        phases=(replace(SHORT, epochs=2),),
    )
    np.testing.assert_equal(training.fit().get_weights(), weights[-1])


def test_a_phase_without_augmentation_changes_no_image(tmp_path):
    phases = (replace(SHORT, augment=False),)
    assert trained(tmp_path, phases=phases, aug=replace(AUG, rotation=180, fill_mode="wrap")) == trained(
        tmp_path, phases=phases
    )


def test_a_phase_with_augmentation_changes_images(tmp_path, short):
    assert trained(tmp_path, aug=replace(AUG, rotation=11)) != short
    assert trained(tmp_path, phases=(replace(SHORT, augment=False),)) != short


def test_letters_are_learned_beside_the_images(tmp_path):
    """The images alone have no bar in the middle: whoever knows one has it from the letters."""
    own = DATA.labels != 2
    letters = Letters(*bars(90, seed=3), per_epoch=30)
    phases = (replace(FIRST, epochs=12, schedule=None),)
    data = replace(DATA, images=DATA.images[own], labels=DATA.labels[own])
    middle = DATA.validation_images[DATA.validation_labels == 2]
    alone, beside = (
        Predictor(make(tmp_path / f"{i}.npz", data=replace(data, letters=some), phases=phases).fit(), 4).outputs(
            middle
        )
        for i, some in enumerate((None, letters))
    )
    assert (alone.argmax(axis=1) != 2).all()
    assert (beside.argmax(axis=1) == 2).all()


def test_an_epoch_goes_through_the_images_and_the_letters_drawn_for_it(tmp_path):
    paces = []
    letters = Letters(*bars(90, seed=3), per_epoch=25)
    make(tmp_path / "c.npz", lambda row, pace: paces.append(pace), replace(DATA, letters=letters)).fit()
    assert [pace.images for pace in paces] == [64]  # the full batches of 8 that 40 + 25 give


def test_fixed_steps_an_epoch_set_pace_and_rate(tmp_path):
    paces = []
    phase = replace(SHORT, epochs=2, steps_per_epoch=3, schedule=OneCycleConfig("one-cycle", pct_start=0.5))
    training = make(tmp_path / "c.npz", on_epoch=lambda row, pace: paces.append(pace.images), phases=(phase,))
    training.fit()
    assert paces == [24, 24]
    # The rate of the step to come: the fourth of 6, whose middle lies at 3.5 / 6, and none.
    assert [row["learning_rate"] for row in training.history] == pytest.approx([0.1 * 2.5 / 3, 0])


@pytest.mark.parametrize(("batch", "images"), [(12, 36), (64, 64)])
def test_an_epoch_takes_the_full_batches_there_are_or_one(tmp_path, batch, images):
    paces = []
    make(tmp_path / "c.npz", on_epoch=lambda row, pace: paces.append(pace.images), batch=batch).fit()
    assert paces == [images]


def test_training_starts_from_the_initial_weights(tmp_path):
    initial = log_bias()
    networks.save_weights(initial, tmp_path / "i.weights.h5")
    network = make(tmp_path / "c.npz", initial=tmp_path / "i.weights.h5", **CONSTANT).fit()
    for after, before in zip(network.trainable_variables, initial.trainable_variables, strict=True):
        np.testing.assert_array_equal(after, before)


def test_initial_weights_that_are_missing_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"none\.weights\.h5"):
        make(tmp_path / "c.npz", initial=tmp_path / "none.weights.h5")


def test_an_epochs_figures_are_right(tmp_path):
    networks.save_weights(log_bias(), tmp_path / "i.weights.h5")
    data = replace(DATA, validation_labels=np.array([2] * 9 + [0, 1, 1], np.int32))
    training = make(tmp_path / "c.npz", data=data, initial=tmp_path / "i.weights.h5", **CONSTANT)
    training.fit()
    loss = -(14 * np.log(1 / 8) + 13 * np.log(2 / 8) + 13 * np.log(5 / 8)) / 40  # 14, 13 and 13 images a class
    validation_loss = -(np.log(1 / 8) + 2 * np.log(2 / 8) + 9 * np.log(5 / 8)) / 12
    assert training.history == [
        {
            "epoch": 1,
            "learning_rate": 0.0,
            "loss": pytest.approx(loss, rel=1e-5),
            "accuracy": 13 / 40,
            "validation_loss": pytest.approx(validation_loss, rel=1e-5),
            "validation_accuracy": 9 / 12,
        }
    ]


def test_without_validation_images_there_are_no_such_figures(tmp_path):
    data = replace(DATA, validation_images=DATA.images[:0], validation_labels=DATA.labels[:0])
    training = make(tmp_path / "c.npz", data=data)
    training.fit()
    assert tuple(training.history[0]) == curves.COLUMNS[:4]


def test_a_loss_that_is_no_number_is_told(tmp_path):
    wild = replace(SHORT, optimizer=replace(SGD, learning_rate=1e30))
    with pytest.raises(
        UserError, match=r"diverged in epoch 1 \(loss nan\): lower the learning rate in train\.phases"
    ):
        make(tmp_path / "c.npz", phases=(wild,)).fit()
    assert not (tmp_path / "c.npz").exists()


@pytest.mark.parametrize("best", [None, "loss"])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_weights_that_explode_in_the_last_step_are_told(tmp_path, best):
    wild = replace(SHORT, steps_per_epoch=1, ema_decay=0.0, optimizer=replace(SGD, learning_rate=1e30))
    with pytest.raises(UserError, match="lower the learning rate"):
        make(tmp_path / "c.npz", monitor=best, phases=(wild,)).fit()


def test_averaged_weights_follow_the_formula():
    network, averaged = networks.build(MEMBER, (8, 8), 3), networks.build(MEMBER, (8, 8), 3)
    steps = stepper(network, averaged, optimizer=SGD, decay=0.25)
    expected = averaged.trainable_variables[0].numpy()
    for decay in (2 / 11, 0.25, 0.25):  # (1 + age) / (10 + age) is 2/11, 3/12, 4/13
        steps.run(plain_steps([[0, 1, 2, 3]]))
        expected = decay * expected + (1 - decay) * network.trainable_variables[0].numpy()
        np.testing.assert_allclose(averaged.trainable_variables[0], expected, atol=1e-6)
    assert np.abs(expected - network.trainable_variables[0].numpy()).max() > 1e-3


def test_a_compiled_update_is_the_same(monkeypatch):
    found = []
    for least in (step_tensorflow.COMPILED_FROM, 0):
        monkeypatch.setattr(step_tensorflow, "COMPILED_FROM", least)
        network, averaged = networks.build(MEMBER, (8, 8), 3), networks.build(MEMBER, (8, 8), 3)
        initial = network.get_weights()[0]
        steps = stepper(network, averaged, optimizer=SGD, decay=0.25)
        steps.run(plain_steps([[0, 1, 2, 3], [3, 1, 2, 0]]))
        found.append([*network.get_weights(), *averaged.get_weights()])
        assert np.abs(network.get_weights()[0] - initial).max() > 1e-3
    for plain, compiled in zip(*found, strict=True):
        np.testing.assert_allclose(plain, compiled, atol=1e-6)


def test_averaged_networks_take_over_the_moving_statistics(tmp_path):
    training = make(tmp_path / "c.npz")
    averaged = training.fit()
    for average, value in zip(averaged.non_trainable_weights, training.network.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(average, value)
    assert np.abs(averaged.get_weights()[0] - training.network.get_weights()[0]).max() > 1e-4


def test_without_averaging_the_networks_own_weights_are_kept(tmp_path):
    training = make(tmp_path / "c.npz", phases=(replace(SHORT, ema_decay=0.0),))
    np.testing.assert_equal(training.fit().get_weights(), training.network.get_weights())


def test_a_decay_of_zero_leaves_the_averaged_network_to_the_epochs_end():
    network, averaged = networks.build(MEMBER, (8, 8), 3), networks.build(MEMBER, (8, 8), 3)
    before = averaged.get_weights()
    stepper(network, averaged, optimizer=SGD).run(plain_steps([[0, 1, 2, 3]]))
    np.testing.assert_equal(averaged.get_weights(), before)


def test_a_step_sees_the_changed_images():
    network = networks.build(replace(MEMBER, kwargs={**MEMBER.kwargs, "dropout": 0.0}), (8, 8), 3)
    order = np.array([[0, 1, 2, 3]], np.int32)
    quarter = np.tile(np.array([0, -1, 7, 1, 0, 0, 0, 0], np.float32), (1, 4, 1))
    changes = Transforms(quarter, np.zeros((1, 4), np.float32), np.ones((1, 4), np.float32))
    loss, _ = stepper(network, network, fill="nearest").run(Batches(order, changes))
    turned = 255 - np.rot90(DATA.images, axes=(1, 2))
    expected, _ = stepper(network, network, images=turned).run(plain_steps([[0, 1, 2, 3]]))
    unchanged, _ = stepper(network, network).run(plain_steps([[0, 1, 2, 3]]))
    assert loss == pytest.approx(expected, rel=1e-4)
    assert abs(loss - unchanged) > 0.01


def test_label_smoothing_shares_out_part_of_the_truth():
    steps = stepper(log_bias(), log_bias(), label_smoothing=0.3)
    loss, right = steps.run(plain_steps([[0, 2], [1, 1]]))
    shares = np.log([1 / 8, 2 / 8, 5 / 8])
    of_class = [-(0.7 * shares[k] + 0.1 * shares.sum()) for k in range(3)]
    assert loss == pytest.approx((of_class[0] + of_class[2]) / 2 + of_class[1], rel=1e-5)
    assert right == 1


def test_layers_in_bfloat16_learn_float32_weights(tmp_path, bfloat16, short):
    network = make(tmp_path / "c.npz").fit()
    assert {weight.dtype for weight in network.weights} == {"float32"}
    assert all(np.isfinite(weight).all() for weight in network.get_weights())
    assert content(network, tmp_path) != short


def test_curves_are_a_row_an_epoch_with_six_digits(tmp_path):
    row = {"epoch": 1, "learning_rate": 0.1 + 0.2, "loss": 2 / 3, "accuracy": 0.5}
    more = {**row, "epoch": 2, "validation_loss": 1e-7, "validation_accuracy": 1.0}
    curves.save([row, more], tmp_path / "curves" / "m0.csv")
    assert (tmp_path / "curves" / "m0.csv").read_text() == (
        "epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy\n"
        "1,0.3,0.666667,0.5,,\n"
        "2,0.3,0.666667,0.5,1e-07,1\n"
    )

"""Learning rates by hand, and which weights the optimizers decay."""

import keras
import numpy as np
import pytest

from letterpress.configuration.training import (
    AdadeltaConfig,
    AdamaxConfig,
    AdamConfig,
    OneCycleConfig,
    PhaseConfig,
    ReduceOnPlateauConfig,
    RmspropConfig,
    SgdConfig,
)
from letterpress.training.optimizers import OneCycleSchedule, ReduceOnPlateau, make_optimizer

pytestmark = pytest.mark.usefixtures("float32")

SGD = SgdConfig(name="sgd", learning_rate=0.1, momentum=0.0, nesterov=False)
OPTIMIZERS = [
    SGD,
    AdamConfig(name="adam", learning_rate=0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3),
    AdamaxConfig(name="adamax", learning_rate=0.1, beta_1=0.7, beta_2=0.6, epsilon=1e-4),
    AdadeltaConfig(name="adadelta", learning_rate=0.1, rho=0.5, epsilon=1e-5),
    RmspropConfig(name="rmsprop", learning_rate=0.1, rho=0.4, epsilon=1e-6),
]


def phase(optimizer=SGD, schedule=None, weight_decay: float = 0.0) -> PhaseConfig:
    return PhaseConfig(
        epochs=1,
        steps_per_epoch=None,
        augment=False,
        weight_decay=weight_decay,
        ema_decay=0.0,
        optimizer=optimizer,
        schedule=schedule,
    )


def small_network() -> keras.Model:
    """Return a network with every type of weight that the networks have."""
    images = keras.Input((4, 4, 1))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3, use_bias=False)(images))
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


def rates(pct_start: float, steps: int) -> list[float]:
    schedule = OneCycleSchedule(0.4, pct_start, steps)
    return [float(schedule(step)) for step in range(steps + 1)]


def reduced(scores: list[tuple[float, float]], rate: float = 1.0, **options) -> list[float]:
    """Return the learning rate after each epoch's (accuracy, loss)."""
    optimizer = keras.optimizers.SGD(rate)
    params = {"name": "plateau", "monitor": "accuracy", "factor": 0.5, "patience": 2, "min_lr": 0.2} | options
    plateau = ReduceOnPlateau(ReduceOnPlateauConfig(**params), optimizer)
    found = []
    for accuracy, loss in scores:
        plateau.update(accuracy, loss)
        found.append(float(optimizer.learning_rate))
    return found


def test_one_cycle_rises_and_falls_to_zero():
    # At the middle of each of 8 steps; the maximum is at 0.25, between the steps 1 and 2.
    up = [0.4 * 0.5 / 2, 0.4 * 1.5 / 2]
    down = [0.4 * remaining / 6 for remaining in (5.5, 4.5, 3.5, 2.5, 1.5, 0.5)]
    assert rates(pct_start=0.25, steps=8) == pytest.approx([*up, *down, 0.0])


def test_one_cycle_reaches_its_maximum_in_the_middle_of_a_step():
    assert rates(pct_start=0.5, steps=3) == pytest.approx([0.4 / 3, 0.4, 0.4 / 3, 0.0])


def test_a_pct_start_of_0_or_1_only_falls_or_only_rises():
    assert rates(pct_start=0.0, steps=4)[:4] == pytest.approx([0.35, 0.25, 0.15, 0.05])
    assert rates(pct_start=1.0, steps=4)[:4] == pytest.approx([0.05, 0.15, 0.25, 0.35])


def test_config_round_trip():
    schedule = OneCycleSchedule(0.4, 0.25, 8)
    rebuilt = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert float(rebuilt(3)) == float(schedule(3))


def test_one_cycle_spans_all_steps_of_the_phase():
    optimizer = make_optimizer(
        phase(schedule=OneCycleConfig(name="one-cycle", pct_start=0.5)), small_network(), steps=10
    )
    found = []
    for step in range(11):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    assert found[:2] == pytest.approx([0.01, 0.03])
    assert found[9:] == pytest.approx([0.01, 0.0], abs=1e-7)


def test_without_a_schedule_the_rate_is_constant():
    optimizer = make_optimizer(phase(), small_network(), steps=10)
    optimizer.iterations.assign(9)
    assert float(optimizer.learning_rate) == pytest.approx(0.1)


def test_a_plateau_reduces_the_rate_after_patience_epochs():
    same = [(0.5, 1.0)] * 6
    assert reduced(same, min_lr=0.0) == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_the_rate_stays_above_min_lr():
    assert reduced([(0.5, 1.0)] * 9) == pytest.approx([1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2])


def test_an_improvement_restarts_the_wait():
    accuracies = [0.5, 0.4, 0.6, 0.6, 0.7, 0.7, 0.7]
    assert reduced([(accuracy, 1.0) for accuracy in accuracies]) == [1, 1, 1, 1, 1, 1, 0.5]


def test_a_lower_loss_is_an_improvement():
    losses = [3.0, 2.0, 1.0, 1.5, 1.2]
    assert reduced([(0.5, loss) for loss in losses], monitor="loss") == [1, 1, 1, 1, 0.5]


def test_a_rate_below_min_lr_is_not_raised():
    assert reduced([(0.5, 1.0)] * 4, rate=0.1) == pytest.approx([0.1] * 4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.name)
def test_each_optimizer_gets_its_arguments(optimizer):
    made = make_optimizer(phase(optimizer), small_network(), steps=1)
    assert type(made).__name__.lower() == optimizer.name
    expected = {key: value for key, value in vars(optimizer).items() if key not in ("name", "learning_rate")}
    assert {key: getattr(made, key) for key in expected} == expected
    assert float(made.learning_rate) == pytest.approx(0.1)


def test_sgd_gets_momentum_and_nesterov():
    made = make_optimizer(
        phase(SgdConfig(name="sgd", learning_rate=0.1, momentum=0.9, nesterov=True)), small_network(), steps=1
    )
    assert (made.momentum, made.nesterov) == (0.9, True)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.name)
def test_only_kernels_decay_by_rate_times_decay(optimizer):
    network = small_network()
    weights = network.trainable_variables
    for weight in weights:
        weight.assign(np.full(weight.shape, 2.0))
    made = make_optimizer(phase(optimizer, weight_decay=0.5), network, steps=1)
    made.apply([np.zeros(weight.shape, np.float32) for weight in weights], weights)
    after = {(weight.path.split("/")[0].split("_")[0], weight.name): float(np.max(weight)) for weight in weights}
    assert after == {
        ("conv2d", "kernel"): pytest.approx(2 * (1 - 0.1 * 0.5)),
        ("dense", "kernel"): pytest.approx(2 * (1 - 0.1 * 0.5)),
        ("dense", "bias"): 2,
        ("batch", "gamma"): 2,
        ("batch", "beta"): 2,
    }


def test_no_weight_decay_changes_nothing():
    network = small_network()
    before = network.get_weights()
    made = make_optimizer(phase(), network, steps=1)
    weights = network.trainable_variables
    made.apply([np.zeros(weight.shape, np.float32) for weight in weights], weights)
    np.testing.assert_equal(network.get_weights(), before)

"""Learning rates computed by hand, and what the optimisers do to which weights."""

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

SGD = SgdConfig("sgd", learning_rate=0.1, momentum=0.0, nesterov=False)
OPTIMIZERS = [
    SGD,
    AdamConfig("adam", learning_rate=0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3),
    AdamaxConfig("adamax", learning_rate=0.1, beta_1=0.7, beta_2=0.6, epsilon=1e-4),
    AdadeltaConfig("adadelta", learning_rate=0.1, rho=0.5, epsilon=1e-5),
    RmspropConfig("rmsprop", learning_rate=0.1, rho=0.4, epsilon=1e-6),
]


def phase(optimizer=SGD, schedule=None, weight_decay: float = 0.0) -> PhaseConfig:
    return PhaseConfig(
        epochs=1,
        steps=None,
        augment=False,
        weight_decay=weight_decay,
        ema_decay=0.0,
        optimizer=optimizer,
        schedule=schedule,
    )


def small_network() -> keras.Model:
    """One of each kind of weight that the zoo has."""
    images = keras.Input((4, 4, 1))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3, use_bias=False)(images))
    return keras.Model(images, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


def rates(peak: float, steps: int, highest: float = 0.4) -> list[float]:
    rate = OneCycleSchedule(highest, peak, steps)
    return [float(rate(step)) for step in range(steps + 1)]


def lowered(scores: list[tuple[float, float]], rate: float = 1.0, **options) -> list[float]:
    """The rate after each epoch's (accuracy, loss)."""
    optimizer = keras.optimizers.SGD(rate)
    params = {"name": "plateau", "monitor": "accuracy", "factor": 0.5, "patience": 2, "min_lr": 0.2} | options
    plateau = ReduceOnPlateau(ReduceOnPlateauConfig(**params), optimizer)
    seen = []
    for accuracy, loss in scores:
        plateau.update(accuracy, loss)
        seen.append(float(optimizer.learning_rate))
    return seen


def test_a_one_cycle_rate_rises_to_its_peak_and_falls_to_zero():
    # At the middle of each of 8 steps; the highest rate lies at 0.25, which is the border of steps 1 and 2.
    up = [0.4 * 0.5 / 2, 0.4 * 1.5 / 2]
    down = [0.4 * left / 6 for left in (5.5, 4.5, 3.5, 2.5, 1.5, 0.5)]
    assert rates(pct_start=0.25, steps=8) == pytest.approx([*up, *down, 0.0])


def test_a_one_cycle_rate_reaches_its_highest_in_the_middle_of_a_step():
    assert rates(pct_start=0.5, steps=3) == pytest.approx([0.4 / 3, 0.4, 0.4 / 3, 0.0])


def test_a_peak_at_either_end_only_falls_or_only_rises():
    assert rates(pct_start=0.0, steps=4)[:4] == pytest.approx([0.35, 0.25, 0.15, 0.05])
    assert rates(pct_start=1.0, steps=4)[:4] == pytest.approx([0.05, 0.15, 0.25, 0.35])


def test_a_one_cycle_rate_makes_itself_again_from_its_configuration():
    rate = OneCycleSchedule(0.4, 0.25, 8)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(rate))
    assert float(again(3)) == float(rate(3))


def test_the_one_cycle_spans_all_steps_of_the_phase():
    optimizer = make_optimizer(phase(schedule=OneCycleConfig("one-cycle", pct_start=0.5)), small_network(), steps=10)
    found = []
    for step in range(11):
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    assert found[:2] == pytest.approx([0.01, 0.03])
    assert found[9:] == pytest.approx([0.01, 0.0], abs=1e-7)


def test_without_a_schedule_the_rate_stays():
    optimizer = make_optimizer(phase(), small_network(), steps=10)
    optimizer.iterations.assign(9)
    assert float(optimizer.learning_rate) == pytest.approx(0.1)


def test_a_plateau_lowers_the_rate_after_patience_epochs():
    same = [(0.5, 1.0)] * 6
    assert lowered(same, min_lr=0.0) == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_a_plateau_does_not_go_below_its_minimum():
    assert lowered([(0.5, 1.0)] * 9) == pytest.approx([1, 1, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2])


def test_an_improvement_starts_the_wait_anew():
    accuracies = [0.5, 0.4, 0.6, 0.6, 0.7, 0.7, 0.7]
    assert lowered([(accuracy, 1.0) for accuracy in accuracies]) == [1, 1, 1, 1, 1, 1, 0.5]


def test_a_plateau_of_the_loss_takes_less_for_better():
    losses = [3.0, 2.0, 1.0, 1.5, 1.2]
    assert lowered([(0.5, loss) for loss in losses], monitor="loss") == [1, 1, 1, 1, 0.5]


def test_a_plateau_never_raises_the_rate():
    assert lowered([(0.5, 1.0)] * 4, rate=0.1) == pytest.approx([0.1] * 4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer.name)
def test_each_optimizer_gets_its_options(optimizer):
    made = make_optimizer(phase(optimizer), small_network(), steps=1)
    assert type(made).__name__.lower() == optimizer.name
    expected = {key: value for key, value in vars(optimizer).items() if key not in ("name", "learning_rate")}
    assert {key: getattr(made, key) for key in expected} == expected
    assert float(made.learning_rate) == pytest.approx(0.1)


def test_sgd_gets_momentum_and_nesterov():
    made = make_optimizer(phase(SgdConfig("sgd", 0.1, 0.9, True)), small_network(), steps=1)
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

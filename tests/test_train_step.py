"""One training step at a time: losses, averages and augmentation by hand."""

from dataclasses import replace

import numpy as np
import pytest

from letterpress.inference.factory import build_network
from letterpress.training import train_step_tensorflow
from letterpress.training.augmentation import Transforms
from letterpress.training.optimizers import make_optimizer
from letterpress.training.sampler import Batches
from letterpress.training.train_state import StepConfig, TrainState
from letterpress.training.train_step_tensorflow import TrainStep
from tests.test_trainer import DATA, FROZEN, MEMBER, SGD, SHORT, biased_network

pytestmark = pytest.mark.usefixtures("float32")


def make(networks, images=DATA.images, optimizer=FROZEN, **config) -> TrainStep:
    made = make_optimizer(replace(SHORT, optimizer=optimizer, weight_decay=0.0), networks[0], steps=10)
    defaults = {"label_smoothing": 0.0, "ema_decay": 0.0, "fill_mode": None}
    return TrainStep(TrainState(*networks, made), StepConfig(**defaults | config), images, DATA.labels)


def two_networks():
    return build_network(MEMBER, (8, 8), 3), build_network(MEMBER, (8, 8), 3)


def unchanged(order: list[list[int]]) -> Batches:
    """Steps over images without augmentation."""
    indices = np.array(order, np.int32)
    zeros = np.zeros(indices.shape, np.float32)
    maps = np.tile(np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float32), (*indices.shape, 1))
    return Batches(indices, Transforms(maps, zeros, zeros))


def test_each_image_weighs_as_its_class():
    def loss(*weights: float) -> float:
        """The same batch, dropout included: the networks are built again from their seed."""
        step = make(two_networks(), class_weight=np.array(weights, np.float32) if weights else None)
        return step.run(unchanged([[0, 1, 2, 3]]))[0]

    by_class = [loss(*weights) for weights in np.eye(3)]
    assert sum(by_class) == pytest.approx(loss(), rel=1e-5)
    assert loss(0.5, 2.0, 0.25) == pytest.approx(np.dot(by_class, [0.5, 2.0, 0.25]), rel=1e-5)


def test_the_average_follows_its_formula():
    network, averaged = two_networks()
    step = make((network, averaged), optimizer=SGD, ema_decay=0.25)
    expected = averaged.trainable_variables[0].numpy()
    for decay in (2 / 11, 0.25, 0.25):  # (1 + steps) / (10 + steps) is 2/11, 3/12, 4/13
        step.run(unchanged([[0, 1, 2, 3]]))
        expected = decay * expected + (1 - decay) * network.trainable_variables[0].numpy()
        np.testing.assert_allclose(averaged.trainable_variables[0], expected, atol=1e-6)
    assert np.abs(expected - network.trainable_variables[0].numpy()).max() > 1e-3


def test_a_decay_of_zero_leaves_the_averaged_network():
    network, averaged = two_networks()
    before = averaged.get_weights()
    make((network, averaged), optimizer=SGD).run(unchanged([[0, 1, 2, 3]]))
    np.testing.assert_equal(averaged.get_weights(), before)


def test_xla_gives_the_same_update(monkeypatch):
    results = []
    for minimum in (train_step_tensorflow.MIN_WEIGHTS_FOR_XLA, 0):
        monkeypatch.setattr(train_step_tensorflow, "MIN_WEIGHTS_FOR_XLA", minimum)
        network, averaged = two_networks()
        initial = network.get_weights()[0]
        make((network, averaged), optimizer=SGD, ema_decay=0.25).run(unchanged([[0, 1, 2, 3], [3, 1, 2, 0]]))
        results.append([*network.get_weights(), *averaged.get_weights()])
        assert np.abs(network.get_weights()[0] - initial).max() > 1e-3
    for plain, compiled in zip(*results, strict=True):
        np.testing.assert_allclose(plain, compiled, atol=1e-6)


def test_a_step_trains_on_the_transformed_images():
    network = build_network(replace(MEMBER, kwargs={**MEMBER.kwargs, "dropout": 0.0}), (8, 8), 3)
    order = np.array([[0, 1, 2, 3]], np.int32)
    quarter_turn = np.tile(np.array([0, -1, 7, 1, 0, 0, 0, 0], np.float32), (1, 4, 1))
    transforms = Transforms(quarter_turn, np.zeros((1, 4), np.float32), np.ones((1, 4), np.float32))
    loss, _ = make((network, network), fill_mode="nearest").run(Batches(order, transforms))
    turned = 255 - np.rot90(DATA.images, axes=(1, 2))
    expected, _ = make((network, network), images=turned).run(unchanged([[0, 1, 2, 3]]))
    plain, _ = make((network, network)).run(unchanged([[0, 1, 2, 3]]))
    assert loss == pytest.approx(expected, rel=1e-4)
    assert abs(loss - plain) > 0.01


def test_label_smoothing_by_hand():
    step = make((biased_network(), biased_network()), label_smoothing=0.3)
    loss, n_correct = step.run(unchanged([[0, 2], [1, 1]]))
    logs = np.log([1 / 8, 2 / 8, 5 / 8])
    by_class = [-(0.7 * logs[k] + 0.1 * logs.sum()) for k in range(3)]
    assert loss == pytest.approx((by_class[0] + by_class[2]) / 2 + by_class[1], rel=1e-5)
    assert n_correct == 1

"""Letterpress's own training step: python -m benchmarks.workers.letterpress_step CASE PRECISION."""

import sys

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import keras
import numpy as np

from benchmarks.workers.serving import N_CLASSES, RANGES, Case, random_images, serve
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig
from letterpress.inference.factory import build_network
from letterpress.training.augmentation import sample_transforms
from letterpress.training.sampler import Batches, sample_order
from letterpress.training.train_state import StepConfig, TrainState
from letterpress.training.trainer import STEPS_PER_CALL, load_train_step


def member_of(case: Case) -> MemberConfig:
    """Return the member that params.yaml would describe."""
    kwargs = {"width": case.width, "dense": case.dense, "dropout": 0.5}
    return MemberConfig(network=case.network, seed=0, kwargs=kwargs)


def main(case: Case, precision: str) -> None:
    """Serve steps as in a real training: with SGD, averaging and weight decay; a schedule would cost nothing."""
    runtime.prepare(precision)
    network, ema_network = (build_network(member_of(case), (case.size, case.size), N_CLASSES) for _ in range(2))
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, weight_decay=0.005)
    optimizer.build(network.trainable_variables)
    images, labels = random_images(size=case.size)
    config = StepConfig(label_smoothing=0.05, ema_decay=0.99, fill_mode="nearest")
    train_step = load_train_step()(TrainState(network, ema_network, optimizer), config, images, labels)
    rng = np.random.default_rng(0)
    aug = AugmentationConfig(**RANGES, shear_axis="x", brightness=0.0, invert=0.5, fill_mode="nearest")

    def work() -> int:
        order = sample_order(rng, (STEPS_PER_CALL, case.batch_size), len(images))
        train_step.run(Batches(order, sample_transforms(rng, order.shape, images.shape[1:], aug)))
        return order.size

    serve(work)


if __name__ == "__main__":
    main(Case.from_json(sys.argv[1]), sys.argv[2])

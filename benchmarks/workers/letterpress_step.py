"""Letterpress's own training step: python -m benchmarks.workers.letterpress_step CASE PRECISION."""

import sys

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import keras
import numpy as np
from letterpress.training.train_step import Setting

from benchmarks.workers.serving import N_CLASSES, RANGES, Case, made_images, serve
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig
from letterpress.inference import factory as network
from letterpress.training.augmentation import sample_transforms
from letterpress.training.sampler import Batches, shuffle
from letterpress.training.trainer import STEPS_PER_CALL, stepper_class


def member_of(case: Case) -> MemberConfig:
    """As params.yaml would describe it."""
    return MemberConfig(case.net, 0, {"width": case.width, "dense": case.dense, "dropout": 0.5})


def main(case: Case, precision: str) -> None:
    """Steps as in a real training: one-cycle SGD would cost the same, EMA and decay are on."""
    runtime.prepare(precision)
    member, shape = member_of(case), (case.size, case.size)
    trained, averaged = (network.build(member, shape, N_CLASSES) for _ in range(2))
    optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True, weight_decay=0.005)
    optimizer.build(trained.trainable_variables)
    images, labels = made_images(size=case.size)
    setting = Setting(trained, averaged, optimizer, label_smoothing=0.05, decay=0.99, fill="nearest")
    stepper = stepper_class()(setting, images, labels)
    rng = np.random.default_rng(0)
    aug = AugmentationConfig(**RANGES, shear_axis="x", brightness=0.0, invert=0.5, fill_mode="nearest")

    def work() -> int:
        order = shuffle(rng, len(images), STEPS_PER_CALL, case.batch)
        stepper.run(Batches(order, sample_transforms(rng, order.shape, shape, aug)))
        return order.size

    serve(work)


if __name__ == "__main__":
    main(Case.read(sys.argv[1]), sys.argv[2])

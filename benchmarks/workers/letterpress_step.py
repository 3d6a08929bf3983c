"""Letterpress's own training step: python -m benchmarks.workers.letterpress_step CASE PRECISION."""

import sys

from letterpress.members import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import keras
import numpy as np

from benchmarks.workers.serving import N_CLASSES, RANGES, Case, made_images, serve
from letterpress.members import network
from letterpress.members.augmentation import draw
from letterpress.members.batches import Batches, shuffle
from letterpress.members.step import Setting
from letterpress.members.training import STEPS_PER_CALL, stepper_class
from letterpress.params.aug import Aug
from letterpress.params.member import Member


def member_of(case: Case) -> Member:
    """As params.yaml would describe it."""
    return Member(case.net, 0, {"width": case.width, "dense": case.dense, "dropout": 0.5})


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
    aug = Aug(**RANGES, shear_axis="x", channel_shift=0.0, invert=0.5, fill="nearest")

    def work() -> int:
        order = shuffle(rng, len(images), STEPS_PER_CALL, case.batch)
        stepper.run(Batches(order, draw(rng, order.shape, shape, aug)))
        return order.size

    serve(work)


if __name__ == "__main__":
    main(Case.read(sys.argv[1]), sys.argv[2])

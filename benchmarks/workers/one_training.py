"""Seconds and peak memory of a whole training on random images, as JSON: … benchmarks.workers.one_training IMAGES."""

import json
import sys
import tempfile
import time
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from benchmarks.workers.serving import N_CLASSES, RANGES, random_images
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, PhaseConfig, SgdConfig, TrainConfig
from letterpress.infrastructure import hardware
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.trainer import Trainer, TrainingSpec
from letterpress.training.training_data import TrainingData

N_VALIDATION = 500
MEMBER = MemberConfig(network="stem_vgg_bn", seed=0, kwargs={"width": 32, "dense": 256, "dropout": 0.3})
PHASE = PhaseConfig(
    epochs=3,
    steps_per_epoch=None,
    augment=True,
    weight_decay=0.005,
    ema_decay=0.99,
    optimizer=SgdConfig(name="sgd", learning_rate=0.01, momentum=0.9, nesterov=True),
    schedule=None,
)
TRAIN = TrainConfig(
    precision="auto",
    per_pixel_standardize=False,
    batch_size=128,
    label_smoothing=0.05,
    monitor=None,
    phases=(PHASE,),
    head=None,
)
AUG = AugmentationConfig(**RANGES, shear_axis="x", brightness=0.0, invert=0.5, fill_mode="nearest")


def main(count: int) -> None:
    """Train three epochs of the default recipe's network."""
    runtime.prepare("auto")
    images, labels = random_images(count + N_VALIDATION)
    n, classes = N_VALIDATION, [str(i) for i in range(N_CLASSES)]
    data = TrainingData(images[n:], labels[n:], images[:n], labels[:n], classes)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        Trainer(TrainingSpec(MEMBER, TRAIN, AUG), data, Checkpoint(Path(folder, "c.npz"), "benchmark")).fit()
    print(json.dumps({"seconds": time.perf_counter() - started, "peak_memory_mb": hardware.peak_memory_mb()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))

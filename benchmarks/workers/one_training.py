"""One whole training on made images, for its seconds and peak memory: … benchmarks.workers.one_training IMAGES.

Prints a JSON object.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from benchmarks.workers.serving import N_CLASSES, RANGES, made_images
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, PhaseConfig, SgdConfig, TrainConfig
from letterpress.infrastructure import hardware as machine
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.trainer import Data, Training

EPOCHS = 3
OPTIONS = {"width": 32, "dense": 256, "dropout": 0.3}


def main(count: int) -> None:
    """Three epochs of the default recipe's network."""
    runtime.prepare("auto")
    images, labels = made_images(count + 500)
    data = Data(images[500:], labels[500:], images[:500], labels[:500], [str(i) for i in range(N_CLASSES)])
    sgd = SgdConfig("sgd", learning_rate=0.01, momentum=0.9, nesterov=True)
    phase = PhaseConfig(EPOCHS, None, augment=True, weight_decay=0.005, ema_decay=0.99, optimizer=sgd, schedule=None)
    params = TrainConfig("auto", False, 128, 0.05, None, None, (phase,), None)
    aug = AugmentationConfig(**RANGES, shear_axis="x", brightness=0.0, invert=0.5, fill_mode="nearest")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder, "c.npz"), "benchmark")
        Training(MemberConfig("stem_vgg_bn", 0, OPTIONS), params, aug, data, checkpoint, lambda row, pace: None).fit()
    print(json.dumps({"seconds": time.perf_counter() - started, "peak_memory_mb": machine.peak_memory_mb()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))

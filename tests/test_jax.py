"""The same training on JAX, in a process of its own: Keras settles its backend as it is imported."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.imports import ROOT

TRAIN_TWICE = """
import json, sys
from pathlib import Path

sys.modules["tensorflow"] = None  # as if it were not installed: where it is, Keras imports it to seed it

from letterpress.inference import runtime

import numpy as np

from letterpress.training.checkpoint import Checkpoint
from letterpress.training.fitting import Callbacks, fit
from letterpress.training.trainer import Data
from letterpress.inference.tta import probabilities
from letterpress.configuration.training import AugmentationConfig
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.ensemble import PredictConfig, ViewConfig
from letterpress.configuration.training import AdamConfig, PhaseConfig, SvcConfig, TrainConfig

# A bright half at the top, at the left or nowhere.
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 80, (120, 8, 8), dtype=np.uint8), np.arange(120, dtype=np.int32) % 3
images[labels == 0, :4] += 150
images[labels == 1, :, :4] += 150
data = Data(images[:60], labels[:60], images[60:90], labels[60:90], ["half/top", "half/left", "none"])

adam = AdamConfig("adam", learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
phase = PhaseConfig(12, steps_per_epoch=16, augment=True, weight_decay=0.01, ema_decay=0.9, optimizer=adam, schedule=None)
head = SvcConfig("svc", c=(1.0,), gamma=(0.1,), folds=2, by_group=True, fit_on_validation=False)
params = TrainConfig("float32", True, 12, 0.1, "accuracy", None, (phase,), head)
aug = AugmentationConfig(rotation=5, shear=5, shear_axis="y", translation=0.05, zoom=0.05, brightness=0.05, invert=0.0, fill_mode="nearest")
member = MemberConfig("stem_vgg_bn", 0, {"width": 4, "dense": 8, "dropout": 0.2})
plain = ViewConfig(rotation=0, zoom=1, invert=False)
views = PredictConfig(16, (plain, ViewConfig(**vars(plain) | {"rotation": 5})))

runtime.prepare(params.precision)
found = []
for name in "ab":
    watcher = Callbacks(lambda row, pace: None, lambda *facts: None)
    trained, history = fit(member, params, aug, data, Checkpoint(Path(sys.argv[1], name), "f"), watcher)
    found.append(probabilities(trained, [images[90:]], views))
print(json.dumps({
    "equal": found[0].tobytes() == found[1].tobytes(),
    "sums": found[0].sum(axis=1).tolist(),
    "accuracy": float((found[0].argmax(axis=1) == labels[90:]).mean()),
    "losses": [row["loss"] for row in history],
    "heads": list(trained.heads),
    "on_jax": "jax" in sys.modules,
}))
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed; the stages run on it if it is")
def test_two_trainings_on_jax_learn_the_same_without_tensorflow(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", TRAIN_TWICE, tmp_path],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["equal"]
    assert found["sums"] == pytest.approx([1] * 30, abs=1e-5)
    assert found["accuracy"] > 0.8
    assert found["losses"][-1] < 0.7 * found["losses"][0]
    assert found["heads"] == ["half"]
    assert found["on_jax"]

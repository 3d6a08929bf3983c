"""The same training on JAX, in its own process: Keras chooses its backend at import."""

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

sys.modules["tensorflow"] = None  # as if not installed: Keras imports it to seed it

from letterpress.inference import runtime

import numpy as np

from letterpress.configuration.ensemble import MemberConfig, PredictConfig, ViewConfig
from letterpress.configuration.training import AdamConfig, AugmentationConfig, PhaseConfig, SvcConfig, TrainConfig
from letterpress.inference.tta import MemberPredictor
from letterpress.training.checkpoint import Checkpoint
from letterpress.training.trainer import Trainer, TrainingSpec
from letterpress.training.training_data import TrainingData

# The upper half is bright, the left half, or none.
rng = np.random.default_rng(0)
images, labels = rng.integers(0, 80, (120, 8, 8), dtype=np.uint8), np.arange(120, dtype=np.int32) % 3
images[labels == 0, :4] += 150
images[labels == 1, :, :4] += 150
data = TrainingData(images[:60], labels[:60], images[60:90], labels[60:90], ["half/top", "half/left", "none"])

adam = AdamConfig(name="adam", learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
phase = PhaseConfig(
    epochs=12, steps_per_epoch=16, augment=True, weight_decay=0.01, ema_decay=0.9, optimizer=adam, schedule=None
)
head = SvcConfig(name="svc", c=(1.0,), gamma=(0.1,), folds=2, by_group=True, fit_on_validation=False)
train = TrainConfig(
    precision="float32", per_pixel_standardize=True, batch_size=12, label_smoothing=0.1, monitor="accuracy",
    phases=(phase,), head=head,
)
aug = AugmentationConfig(
    rotation=5, shear=5, shear_axis="y", translation=0.05, zoom=0.05, brightness=0.05, invert=0.0, fill_mode="nearest"
)
member = MemberConfig(network="stem_vgg_bn", seed=0, kwargs={"width": 4, "dense": 8, "dropout": 0.2})
views = tuple(ViewConfig(rotation=degrees, zoom=1, invert=False) for degrees in (0, 5))

runtime.prepare(train.precision)
predicted = []
for name in "ab":
    trainer = Trainer(TrainingSpec(member, train, aug), data, Checkpoint(Path(sys.argv[1], name), "key"))
    trained = trainer.fit()
    predicted.append(MemberPredictor(trained, views, batch_size=16).predict_proba([images[90:]]))
print(json.dumps({
    "equal": predicted[0].tobytes() == predicted[1].tobytes(),
    "sums": predicted[0].sum(axis=1).tolist(),
    "accuracy": float((predicted[0].argmax(axis=1) == labels[90:]).mean()),
    "losses": [row["loss"] for row in trainer.state.history],
    "heads": list(trained.heads),
    "on_jax": "jax" in sys.modules,
}))
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="needs `make jax`")
def test_two_trainings_on_jax_give_the_same_bits_without_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", TRAIN_TWICE, tmp_path],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["equal"]
    assert result["sums"] == pytest.approx([1] * 30, abs=1e-5)
    assert result["accuracy"] > 0.8
    assert result["losses"][-1] < 0.7 * result["losses"][0]
    assert result["heads"] == ["half"]
    assert result["on_jax"]

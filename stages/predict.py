"""Predictor validation, hold-out and test images with one member: data/probabilities/<member>.npz.

python stages predict MEMBER
"""

from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.configuration import loader
from letterpress.configuration.ensemble import MemberConfig, PredictConfig
from letterpress.configuration.training import TrainConfig
from letterpress.inference import member as trained
from letterpress.inference import tta as views
from letterpress.infrastructure.files import load_arrays
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import PROBABILITIES, MemberPredictions, save
from letterpress.storage.prepared import load_classes


def main(key: str) -> dict:
    params, train = loader.load(PredictConfig, "predict"), loader.load(TrainConfig, "train")
    member = loader.load(MemberConfig, f"ensemble.members.{key}")
    precision = runtime.prepare(train.precision)
    labelled, test = arrays.load("train"), arrays.load("test")
    split = load_arrays(f"data/splits/{key}.npz")
    unseen = split["validation"][: 0 if train.head and train.head.fit_on_validation else None]
    greys = [
        np.concatenate([images[unseen], images[split["holdout"]], others])
        for images, others in zip(labelled.greys, test.greys, strict=True)
    ]
    model = trained.load(Path(f"models/{key}"), member, labelled.images.shape[1:], len(load_classes()))
    probabilities = views.probabilities(model, greys, params)
    parts = np.split(probabilities, np.cumsum([len(unseen), len(split["holdout"])]))
    save(MemberPredictions(unseen, *parts), PROBABILITIES / f"{key}.npz")
    print(f"{PROBABILITIES}/{key}.npz: {len(greys[0])} images, {len(greys) * len(params.tta)} views each")
    return {"precision": precision}

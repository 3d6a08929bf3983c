"""Predict labelled and test images with one member, each labelled image only if the member did not train on it.

Reads data/prepared, data/splits and models/<member>/. Writes data/predictions/<member>.npz.

    python stages predict MEMBER
"""

from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.configuration.params import Params
from letterpress.inference.member import load_member
from letterpress.inference.tta import MemberPredictor
from letterpress.storage.predictions import PREDICTIONS, Predictions, save_predictions
from letterpress.storage.prepared import load_split
from letterpress.storage.splits import load_member_split


def main(params: Params, key: str) -> dict:
    precision, member = runtime.prepare(params.train.precision), load_member(Path(f"models/{key}"))
    labelled, test = load_split("labelled"), load_split("test")
    split = load_member_split(key)
    holdout = np.setdiff1d(np.arange(len(labelled.images)), np.concatenate([split.train, split.validation]))
    out_of_sample = np.concatenate([split.validation[: 0 if member.fit_on_validation else None], holdout])
    channels = [
        np.concatenate([images[out_of_sample], test_images])
        for images, test_images in zip(labelled.channels, test.channels, strict=True)
    ]
    rows = np.concatenate([out_of_sample, len(labelled.images) + np.arange(len(test.images))])
    predicted = MemberPredictor(member, params.predict.tta).predict_proba(channels)
    n_images = len(labelled.images) + len(test.images)
    probabilities, n_votes = np.zeros((n_images, predicted.shape[1]), np.float32), np.zeros(n_images, np.int32)
    probabilities[rows], n_votes[rows] = predicted, 1
    save_predictions(Predictions(probabilities, n_votes), PREDICTIONS / f"{key}.npz")
    print(f"{PREDICTIONS}/{key}.npz: {len(rows)} images, {len(channels) * len(params.predict.tta)} views each")
    return {"precision": precision}

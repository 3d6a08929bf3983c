"""Judge validation, hold-out and test images with one member: data/probabilities/<member>.npz.

python stages predict MEMBER
"""

from pathlib import Path

from letterpress.members import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.dataset import arrays
from letterpress.dataset.arrays import load_classes
from letterpress.files import load_arrays
from letterpress.members import trained, views
from letterpress.params import loading
from letterpress.params.member import Member
from letterpress.params.predict import Predict
from letterpress.params.train import Train
from letterpress.results.judgements import PROBABILITIES, MemberJudgement, save


def main(key: str) -> dict:
    params, train = loading.load(Predict, "predict"), loading.load(Train, "train")
    member = loading.load(Member, f"ensemble.members.{key}")
    precision = runtime.prepare(train.precision)
    labelled, test = arrays.load("train"), arrays.load("test")
    split = load_arrays(f"data/splits/{key}.npz")
    unseen = split["validation"][: 0 if train.head and train.head.validation else None]
    greys = [
        np.concatenate([images[unseen], images[split["holdout"]], others])
        for images, others in zip(labelled.greys, test.greys, strict=True)
    ]
    model = trained.load(Path(f"models/{key}"), member, labelled.images.shape[1:], len(load_classes()))
    probabilities = views.probabilities(model, greys, params)
    parts = np.split(probabilities, np.cumsum([len(unseen), len(split["holdout"])]))
    save(MemberJudgement(unseen, *parts), PROBABILITIES / f"{key}.npz")
    print(f"{PROBABILITIES}/{key}.npz: {len(greys[0])} images, {len(greys) * len(params.views)} views each")
    return {"precision": precision}

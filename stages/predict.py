"""Judge validation, hold-out and test images with one member: data/probabilities/<member>.npz.

python stages predict MEMBER
"""

from pathlib import Path

from letterpress.members import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np

from letterpress.dataset.arrays import PREPARED, load_array, load_classes
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
    labelled, test = load_array(PREPARED / "train_images.npy"), load_array(PREPARED / "test_images.npy")
    split = load_arrays(f"data/splits/{key}.npz")
    unseen = split["validation"][: 0 if train.head and train.head.validation else None]
    images = np.concatenate([labelled[unseen], labelled[split["holdout"]], test])
    model = trained.load(Path(f"models/{key}"), member, labelled.shape[1:], len(load_classes()))
    probabilities = views.probabilities(model, images, params)
    parts = np.split(probabilities, np.cumsum([len(unseen), len(split["holdout"])]))
    save(MemberJudgement(unseen, *parts), PROBABILITIES / f"{key}.npz")
    print(f"{PROBABILITIES}/{key}.npz: {len(images)} images, {len(params.views)} views each")
    return {"precision": precision}

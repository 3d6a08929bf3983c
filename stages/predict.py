"""Judge validation, hold-out and test images with one member: data/probabilities/<member>.npz.

python stages predict MEMBER
"""

from pathlib import Path

from letterpress.members import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from letterpress.dataset.arrays import PREPARED, load_array, load_classes
from letterpress.files import load_arrays
from letterpress.members import network
from letterpress.members.inference import Judge
from letterpress.members.views import probabilities
from letterpress.params import loading
from letterpress.params.member import Member
from letterpress.params.predict import Predict
from letterpress.results.judgements import PROBABILITIES, MemberJudgement, save


def main(key: str) -> dict:
    params = loading.load(Predict, "predict")
    member = loading.load(Member, f"ensemble.members.{key}")
    precision = runtime.prepare(loading.load(str, "train.precision"))
    labelled, test = load_array(PREPARED / "train_images.npy"), load_array(PREPARED / "test_images.npy")
    split = load_arrays(f"data/splits/{key}.npz")
    model = network.build(member, labelled.shape[1:], len(load_classes()))
    network.load_weights(model, Path(f"models/{key}.weights.h5"))
    judge = Judge(model, params.batch)
    validation, holdout, unlabelled = (
        probabilities(judge, images, params.views)
        for images in (labelled[split["validation"]], labelled[split["holdout"]], test)
    )
    judgement = MemberJudgement(split["validation"], validation, holdout, unlabelled)
    save(judgement, PROBABILITIES / f"{key}.npz")
    count = len(validation) + len(holdout) + len(unlabelled)
    print(f"{PROBABILITIES}/{key}.npz: {count} images, {len(params.views)} views each")
    return {"precision": precision}

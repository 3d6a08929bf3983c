"""Train one member, or resume its killed training from checkpoints/<member>.npz.

Reads data/prepared/labelled, data/splits/<member>.npz, and where they are asked for data/synthetic and
models/pretrained/<network>. Writes models/<member>/, metrics/curves/<member>.csv and metrics/learning_curves.csv.

    python stages train MEMBER
"""

from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from letterpress.configuration.params import Params
from letterpress.storage.prepared import LABELLED, load_array, load_classes, load_labels, load_synthetic
from letterpress.storage.splits import load_member_split
from letterpress.training.csv_log import CURVES, CsvLog
from letterpress.training.trainer import TrainingSpec, train_member
from letterpress.training.training_data import SyntheticData, TrainingData


def main(params: Params, key: str) -> dict:
    precision, member = runtime.prepare(params.train.precision), params.ensemble.members[key]
    initial = Path(f"models/pretrained/{member.network}/network.weights.h5")
    spec = TrainingSpec(member, params.train, params.aug, initial if initial.exists() else None)
    log = CsvLog(CURVES / f"{key}.csv", members=params.ensemble.members)
    data = load_data(key, params.pretrain.rehearsal)
    return {"precision": precision} | train_member(key, spec, data, Path(f"models/{key}"), log)


def load_data(key: str, rehearsal: float) -> TrainingData:
    """Read the member's images, and the synthetic ones if it rehearses."""
    images, labels, split = load_array(LABELLED / "images.npy"), load_labels(), load_member_split(key)
    n_per_epoch = round(rehearsal * len(split.train))
    return TrainingData(
        images=images[split.train],
        labels=labels[split.train],
        validation_images=images[split.validation],
        validation_labels=labels[split.validation],
        classes=load_classes(),
        synthetic=SyntheticData(*load_synthetic(), n_per_epoch) if n_per_epoch else None,
    )

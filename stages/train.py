"""Train one member: models/<member>/ and metrics/curves/<member>.csv.

    python stages train MEMBER

A training that was killed goes on from checkpoints/<member>.npz.
"""

from dataclasses import replace
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from letterpress.configuration import loader
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, TrainConfig
from letterpress.inference import factory as network
from letterpress.infrastructure.files import load_arrays
from letterpress.storage.prepared import PREPARED, RENDERED, load_array, load_classes
from letterpress.training import csv_log as curves
from letterpress.training.cache_key import fingerprint
from letterpress.training.checkpoint import FOLDER, Checkpoint
from letterpress.training.fitting import Callbacks, fit
from letterpress.training.progress_bar import Reporter
from letterpress.training.trainer import Data, Letters


def main(key: str) -> dict:
    params, aug = loader.load(TrainConfig, "train"), loader.load(AugmentationConfig, "aug")
    member = loader.load(MemberConfig, f"ensemble.members.{key}")
    precision = runtime.prepare(params.precision)
    data = load_data(key)
    initial = initial_weights(params, member)
    depends_on = [params, aug, member, precision, *vars(replace(data, letters=None)).values()]
    if data.letters is not None:
        depends_on += vars(data.letters).values()
    if initial is not None:
        depends_on.append(network.file_digest(initial))
    checkpoint = Checkpoint(FOLDER / f"{key}.npz", fingerprint(*depends_on))
    with Reporter(key, sum(phase.epochs for phase in params.phases)) as reporter:
        watcher = Callbacks(reporter.epoch, reporter.head)
        trained, history = fit(member, params, aug, data, checkpoint, watcher, initial)
    trained.save(Path(f"models/{key}"))
    curves.save(history, Path(f"metrics/curves/{key}.csv"))
    checkpoint.remove()
    return {"precision": precision, **reporter.facts()}


def initial_weights(params: TrainConfig, member: MemberConfig) -> Path | None:
    """The weights that the training begins with, or None for random ones."""
    pretrained = Path(f"models/pretrained/{member.network}/network.weights.h5")
    if pretrained.exists():
        return pretrained
    return None if params.initial_weights is None else Path(params.initial_weights)


def load_data(key: str) -> Data:
    images, labels = load_array(PREPARED / "train_images.npy"), load_array(PREPARED / "train_labels.npy")
    split = load_arrays(f"data/splits/{key}.npz")
    return Data(
        images=images[split["train"]],
        labels=labels[split["train"]],
        validation_images=images[split["validation"]],
        validation_labels=labels[split["validation"]],
        classes=load_classes(),
        letters=load_letters(round(loader.load(float, "pretrain.rehearsal") * len(split["train"]))),
    )


def load_letters(per_epoch: int) -> Letters | None:
    """The rendered letters, so many of them for an epoch; none where none are wanted."""
    if per_epoch == 0:
        return None
    return Letters(load_array(RENDERED / "images.npy"), load_array(RENDERED / "labels.npy"), per_epoch)

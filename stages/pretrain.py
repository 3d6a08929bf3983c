"""Let one network learn rendered letters, if it is to: models/pretrained/<net>/ and metrics/pretrained/<net>.csv.

    python stages pretrain NET

A training that was killed goes on from checkpoints/pretrained-<net>.npz.
"""

from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

from letterpress.configuration import loader
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.training import AugmentationConfig, PretrainedNetworkConfig, TrainConfig
from letterpress.infrastructure.files import atomic_write
from letterpress.storage.prepared import RENDERED, load_array, load_classes
from letterpress.training import csv_log as curves
from letterpress.training.cache_key import fingerprint
from letterpress.training.checkpoint import FOLDER, Checkpoint
from letterpress.training.fitting import Callbacks, fit
from letterpress.training.progress_bar import Reporter
from letterpress.training.trainer import Data

VALIDATION = 20  # one letter of so many is validated on


def main(net: str) -> dict:
    params, aug = (
        loader.load(TrainConfig | None, "pretrain.train"),
        loader.load(AugmentationConfig | None, "pretrain.aug"),
    )
    start = loader.load(PretrainedNetworkConfig | None, f"pretrain.networks.{net}")
    folder, curve = Path(f"models/pretrained/{net}"), Path(f"metrics/pretrained/{net}.csv")
    if start is None:
        with atomic_write(folder) as beside:
            beside.mkdir()
            (beside / "none.txt").write_text("Members of this network start from random weights.\n")
        curves.save([], curve)
        print(f"{folder}: none, members start from random weights")
        return {}
    precision = runtime.prepare(params.precision)
    member, data = MemberConfig(net, start.seed, start.kwargs), load_data()
    depends_on = fingerprint(params, aug, member, precision, *vars(data).values())
    checkpoint = Checkpoint(FOLDER / f"pretrained-{net}.npz", depends_on)
    with Reporter(net, sum(phase.epochs for phase in params.phases)) as reporter:
        trained, history = fit(member, params, aug, data, checkpoint, Callbacks(reporter.epoch, reporter.head))
    trained.save(folder)
    curves.save(history, curve)
    checkpoint.remove()
    return {"precision": precision, **reporter.facts()}


def load_data() -> Data:
    images, labels = load_array(RENDERED / "images.npy"), load_array(RENDERED / "labels.npy")
    count = len(images) // VALIDATION
    return Data(images[count:], labels[count:], images[:count], labels[:count], load_classes())

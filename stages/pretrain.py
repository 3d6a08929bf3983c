"""Pre-train one network on synthetic images, if params.yaml asks for it.

Reads data/synthetic and the classes of data/prepared. Writes models/pretrained/<network>/ and
metrics/pretrained/<network>.csv. A killed training resumes from checkpoints/pretrained-<network>.npz.

    python stages pretrain NETWORK
"""

from pathlib import Path

from letterpress.configuration.params import Params
from letterpress.infrastructure.files import atomic_write
from letterpress.training.csv_log import CsvLog

SYNTHETIC_PER_VALIDATION_IMAGE = 20


def main(params: Params, key: str) -> dict:
    folder, log = Path(f"models/pretrained/{key}"), CsvLog(Path(f"metrics/pretrained/{key}.csv"))
    if params.pretrain.networks[key] is not None:
        return pretrain(params, key, folder, log)
    with atomic_write(folder) as partial:
        partial.mkdir()
        (partial / "none.txt").write_text("Members of this network start from random weights.\n")
    log.write([])
    print(f"{folder}: none, members start from random weights")
    return {}


def pretrain(params: Params, key: str, folder: Path, log: CsvLog) -> dict:
    """Import TensorFlow only here: most recipes pre-train nothing."""
    from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

    from letterpress.configuration.ensemble import MemberConfig
    from letterpress.storage.prepared import load_classes, load_synthetic
    from letterpress.training.trainer import TrainingSpec, train_member
    from letterpress.training.training_data import TrainingData

    config, precision = params.pretrain.networks[key], runtime.prepare(params.pretrain.train.precision)
    member = MemberConfig(network=key, seed=config.seed, kwargs=config.kwargs)
    spec = TrainingSpec(member, params.pretrain.train, params.pretrain.aug)
    images, labels = load_synthetic()
    n = len(images) // SYNTHETIC_PER_VALIDATION_IMAGE
    data = TrainingData(images[n:], labels[n:], images[:n], labels[:n], load_classes())
    return {"precision": precision} | train_member(f"pretrained-{key}", spec, data, folder, log)

"""Draw the hold-out and each member's own training and validation images: data/splits/<member>.npz.

python stages split
"""

from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.data import SplitConfig
from letterpress.configuration.ensemble import EnsembleConfig
from letterpress.datasets import splits
from letterpress.infrastructure.files import atomic_write, save_arrays
from letterpress.storage.prepared import PREPARED, load_array, load_classes


def main() -> None:
    split, ensemble = loader.load(SplitConfig, "split"), loader.load(EnsembleConfig, "ensemble")
    labels = load_array(PREPARED / "train_labels.npy")
    usable, holdout = splits.make_holdout(labels, split.holdout, split.seed)
    with atomic_write("data/splits") as folder:
        for key, member in ensemble.members.items():
            drawn = splits.make_member_split(labels, usable, holdout, split.validation, member.seed)
            save_arrays(Path(folder, f"{key}.npz"), **vars(drawn))
    print(
        f"data/splits: {len(ensemble.members)} members, {len(drawn.train)} images to learn from, "
        f"{len(drawn.validation)} for validation, {len(holdout)} held out"
    )
    rare = [load_classes()[label] for label in splits.too_rare(labels[usable])]
    if rare:
        print(f"data/splits: one image only to learn from, none for validation: {', '.join(rare)}")

"""Draw the hold-out and each member's training and validation images: data/splits/.

python stages split
"""

from letterpress.configuration.params import Params
from letterpress.datasets.splits import classes_of_one, make_holdout, make_member_split
from letterpress.storage.prepared import load_classes, load_labels
from letterpress.storage.splits import SPLITS, save_splits


def main(params: Params) -> None:
    config, members = params.split, params.ensemble.members
    labels = load_labels()
    usable, holdout = make_holdout(labels, config.holdout, config.seed)
    splits = {key: make_member_split(labels, usable, config.validation, members[key].seed) for key in members}
    save_splits(splits, holdout)
    last = list(splits.values())[-1]
    print(
        f"{SPLITS}: {len(splits)} members, {len(last.train)} training images each, "
        f"{len(last.validation)} for validation, {len(holdout)} in the hold-out"
    )
    rare = [load_classes()[label] for label in classes_of_one(labels[usable])]
    if rare:
        print(f"{SPLITS}: one training image only, none for validation: {', '.join(rare)}")

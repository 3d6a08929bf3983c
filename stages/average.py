"""Combine the members' predictions.

Reads data/predictions/, data/splits/holdout.npy and the labels; writes data/ensemble.npz.

python stages average
"""

from letterpress.configuration.params import Params
from letterpress.ensembling.averaging import combine_members
from letterpress.storage.predictions import ENSEMBLE, load_members, save_predictions
from letterpress.storage.prepared import load_labels
from letterpress.storage.splits import load_holdout


def main(params: Params) -> None:
    members = load_members(list(params.ensemble.members))
    save_predictions(combine_members(members, params.ensemble, load_labels(), load_holdout()), ENSEMBLE)
    print(f"{ENSEMBLE}: {len(members)} members, method {params.ensemble.method}")

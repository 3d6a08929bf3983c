"""Combine the members' probabilities: data/ensemble.npz.

python stages average
"""

from pathlib import Path

from letterpress.dataset.arrays import PREPARED, load_array
from letterpress.params import loading
from letterpress.params.ensemble import Ensemble
from letterpress.results.ensemble import average
from letterpress.results.judgements import load_members, save


def main() -> None:
    ensemble = loading.load(Ensemble, "ensemble")
    members = load_members(list(ensemble.members))
    n_labelled = len(load_array(PREPARED / "train_labels.npy"))
    save(average(members, ensemble, n_labelled), Path("data/ensemble.npz"))
    print(f"data/ensemble.npz: {len(members)} members, method {ensemble.method}")

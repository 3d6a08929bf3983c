"""Combine the members' probabilities: data/ensemble.npz.

python stages average
"""

from letterpress.dataset.arrays import PREPARED, load_array
from letterpress.params import loading
from letterpress.params.ensemble import Ensemble
from letterpress.results.ensemble import join
from letterpress.results.judgements import ALONE, load_members, save


def main() -> None:
    ensemble = loading.load(Ensemble, "ensemble")
    members = load_members(list(ensemble.members))
    labels = load_array(PREPARED / "train_labels.npy")
    save(join(members, ensemble, labels), ALONE)
    print(f"{ALONE}: {len(members)} members, method {ensemble.method}")

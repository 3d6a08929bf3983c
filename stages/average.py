"""Combine the members' probabilities: data/ensemble.npz.

python stages average
"""

from letterpress.configuration import loader
from letterpress.configuration.ensemble import EnsembleConfig
from letterpress.ensembling.averaging import join
from letterpress.storage.predictions import ALONE, load_members, save
from letterpress.storage.prepared import PREPARED, load_array


def main() -> None:
    ensemble = loader.load(EnsembleConfig, "ensemble")
    members = load_members(list(ensemble.members))
    labels = load_array(PREPARED / "train_labels.npy")
    save(join(members, ensemble, labels), ALONE)
    print(f"{ALONE}: {len(members)} members, method {ensemble.method}")

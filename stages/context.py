"""Re-rank the ensemble's predictions by the other crops of the same photo, where there is a section `context`.

Reads data/raw/, data/prepared/, data/splits/holdout.npy, data/predictions/ and
data/ensemble.npz; writes data/context/. Without the section it imports neither
scikit-learn nor TensorFlow.

python stages context
"""

from pathlib import Path

import numpy as np

from letterpress.configuration.params import Params
from letterpress.storage import predictions as storage
from letterpress.storage.prepared import load_classes, load_labels, load_split
from letterpress.storage.splits import load_holdout


def main(params: Params) -> None:
    if params.context is None:
        storage.save_without_context()
        print(f"{storage.CONTEXT}: as {storage.ENSEMBLE}, without context")
        return
    from letterpress.context.features import make_crops
    from letterpress.context.reranker import Reranker
    from letterpress.datasets.archive import Archive
    from letterpress.datasets.formats.read import read_dataset
    from letterpress.datasets.photo_features import extract_photo_features

    archive = Archive(Path(f"data/raw/{params.dataset.name}.zip"))
    raw = read_dataset(archive, params.dataset.layout, params.dataset.classes)
    sizes = np.concatenate([load_split(name).sizes for name in ("labelled", "test")])
    crops = make_crops(extract_photo_features(raw, archive), sizes, params.context.n_neighbors)
    members, ensemble = (
        storage.load_members(list(params.ensemble.members)),
        storage.load_predictions(storage.ENSEMBLE),
    )
    reranker = Reranker(crops, load_labels(), load_holdout(), members, ensemble, load_classes(), params.context)
    storage.save_context(reranker.rerank(), reranker.rerank_grouped_by_photo(), vars(crops.neighbors))
    print(f"{storage.CONTEXT}: {len(sizes)} images re-ranked")

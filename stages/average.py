"""Combine the members' predictions; with the section `context`, re-rank them by the other crops of the same photo.

Reads data/predictions/, data/splits/holdout.npy, data/prepared/ and, for the
context, data/raw/; writes data/ensemble/.

python stages average
"""

from pathlib import Path

import numpy as np

from letterpress.configuration.params import Params
from letterpress.ensembling.averaging import combine_members
from letterpress.storage.gone_members import leave_aside
from letterpress.storage.predictions import (
    ENSEMBLE,
    PREDICTIONS,
    Predictions,
    load_members,
    save_ensemble,
    save_reranked,
)
from letterpress.storage.prepared import load_classes, load_labels, load_split
from letterpress.storage.splits import load_holdout


def main(params: Params) -> None:
    leave_aside(PREDICTIONS, params.ensemble.members)
    members = load_members(list(params.ensemble.members))
    averaged = combine_members(members, params.ensemble, load_labels(), load_holdout())
    if params.context is None:
        save_ensemble(averaged)
    else:
        rerank(params, members, averaged)
    print(f"{ENSEMBLE}: {len(members)} members, method {params.ensemble.method}")


def rerank(params: Params, members: dict[str, Predictions], averaged: Predictions) -> None:
    """Write the predictions of the ensemble before and after the context is taken into account."""
    from letterpress.context.features import make_crops  # scikit-learn takes a second to import
    from letterpress.context.reranker import Reranker
    from letterpress.datasets.archive import Archive
    from letterpress.datasets.formats.read import read_dataset
    from letterpress.datasets.photo_features import extract_photo_features

    archive = Archive(Path(f"data/raw/{params.dataset.name}.zip"))
    raw = read_dataset(archive, params.dataset.layout, params.dataset.classes)
    sizes = np.concatenate([load_split(name).sizes for name in ("labelled", "test")])
    crops = make_crops(extract_photo_features(raw, archive), sizes, params.context.n_neighbors)
    reranker = Reranker(crops, load_labels(), load_holdout(), members, averaged, load_classes(), params.context)
    final, grouped_by_photo = reranker.rerank(), reranker.rerank_grouped_by_photo()
    save_reranked(final, averaged, grouped_by_photo, vars(crops.neighbors))
    print(f"{ENSEMBLE}: {len(sizes)} images re-ranked by context")

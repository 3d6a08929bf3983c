"""Combine the members' predictions, and calibrate them by a temperature.

With the section `context`, re-rank them by the other crops of the same photo
first. Reads data/predictions/, data/splits/holdout.npy, data/prepared/ and, for
the context, data/raw/; writes data/ensemble/.

python stages average
"""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from letterpress.configuration.params import Params
from letterpress.ensembling.averaging import combine_members
from letterpress.evaluation.temperature import fit_temperature, scale_predictions
from letterpress.storage.gone_members import leave_aside
from letterpress.storage.predictions import (
    ENSEMBLE,
    FINAL,
    GROUPED_BY_PHOTO,
    PREDICTIONS,
    WITHOUT_CONTEXT,
    Predictions,
    load_members,
    save_ensemble,
)
from letterpress.storage.prepared import load_classes, load_labels, load_split
from letterpress.storage.splits import load_holdout


def main(params: Params) -> None:
    leave_aside(PREDICTIONS, params.ensemble.members)
    members = load_members(list(params.ensemble.members))
    labels, holdout = load_labels(), load_holdout()
    averaged = combine_members(members, params.ensemble, labels, holdout)
    temperature = fit_temperature(averaged, labels, holdout)
    calibrated = scale_predictions(averaged, temperature.temperature)
    print(f"{ENSEMBLE}: {len(members)} members, {params.ensemble.method}, temperature {temperature.temperature}")
    temperatures = {"new_images": asdict(temperature), "final": asdict(temperature)}
    if params.context is None:
        save_ensemble({FINAL: calibrated}, temperatures)
        return
    reranked, grouped_by_photo, neighbors = rerank(params, members, averaged)
    temperature = fit_temperature(reranked, labels, holdout)
    final, grouped_by_photo = (
        scale_predictions(part, temperature.temperature) for part in (reranked, grouped_by_photo)
    )
    predictions = {FINAL: final, WITHOUT_CONTEXT: calibrated, GROUPED_BY_PHOTO: grouped_by_photo}
    save_ensemble(predictions, temperatures | {"final": asdict(temperature)}, neighbors)
    print(f"{ENSEMBLE}: {len(final.voted)} images re-ranked by context, temperature {temperature.temperature}")


def rerank(
    params: Params, members: dict[str, Predictions], averaged: Predictions
) -> tuple[Predictions, Predictions, dict[str, np.ndarray]]:
    """Re-rank the ensemble's predictions; return them, those grouped by photo, and each image's neighbours."""
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
    return reranker.rerank(), reranker.rerank_grouped_by_photo(), vars(crops.neighbors)

"""Predictor images anew by their siblings, if params.yaml wants it: data/context/.

python stages context
"""

from pathlib import Path

import numpy as np

from letterpress.configuration import loader
from letterpress.configuration.data import DatasetConfig
from letterpress.configuration.ensemble import ContextConfig, MemberConfig
from letterpress.context.char_types import kinds_of
from letterpress.context.features import Pictures
from letterpress.context.neighbors import find, photographs, place
from letterpress.context.reranker import Reranker
from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.read import read
from letterpress.datasets.photo_features import extract_photo_features
from letterpress.infrastructure.files import atomic_write, load_arrays, save_arrays
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import (
    ALONE,
    CONTEXT,
    FINAL,
    SIBLINGS,
    WHOLE_PHOTOGRAPHS,
    EnsemblePredictions,
    MemberPredictions,
    load_ensemble,
    load_members,
    save,
)


def main() -> None:
    params, ensemble = loader.load(ContextConfig | None, "context"), load_ensemble(ALONE)
    if params is None:
        with atomic_write(CONTEXT) as folder:
            save(ensemble, Path(folder, FINAL.name))
        print(f"{CONTEXT}: each image is judged alone")
        return
    keys = list(loader.load(dict[str, MemberConfig], "ensemble.members"))
    holdout = load_arrays(f"data/splits/{keys[0]}.npz")["holdout"]
    sizes = np.concatenate([arrays.load(part).sizes for part in ("train", "test")]).astype(np.float64)
    points = place(statistics(), sizes[:, 0])
    siblings = find(points, params.n_neighbors)
    refinement = prepare(params, Pictures(siblings, *np.log(sizes).T), load_members(keys), ensemble, holdout)
    judge(refinement, ensemble, holdout, photographs(points, siblings, params.n_photos))


def statistics() -> np.ndarray:
    """What tells of every picture's photograph, labelled ones first, float32 (n, statistics)."""
    dataset = loader.load(DatasetConfig, "dataset")
    archive = Archive(Path(f"data/raw/{dataset.name}.zip"))
    return extract_photo_features(read(archive, dataset.layout, dataset.classes), archive)


def prepare(
    params: ContextConfig,
    pictures: Pictures,
    members: dict[str, MemberPredictions],
    ensemble: EnsemblePredictions,
    holdout: np.ndarray,
) -> Reranker:
    """Labelled and test images as one, the hold-out's labels hidden."""
    labels, n_test = arrays.load("train").labels, len(ensemble.test)
    labelled = np.arange(len(labels) + n_test) < len(labels)
    labelled[holdout] = False
    answers = np.zeros((len(members), len(labelled), ensemble.test.shape[1]), np.float32)
    for row, member in zip(answers, members.values(), strict=True):
        row[member.validation_indices] = member.validation
        row[holdout], row[len(labels) :] = member.holdout, member.test
    together = np.concatenate([ensemble.oof, ensemble.test])
    together[holdout] = ensemble.holdout
    labels = np.concatenate([labels, np.zeros(n_test, np.int32)])
    return Reranker(pictures, labels, labelled, answers, together, kinds_of(arrays.load_classes()), params)


def judge(refinement: Reranker, ensemble: EnsemblePredictions, holdout: np.ndarray, photographs: np.ndarray) -> None:
    """Write the final judgement, the one with photographs kept whole, and the siblings."""
    n = len(ensemble.oof)
    print("context: test images and hold-out", flush=True)
    unlabelled = np.zeros_like(refinement.ensemble)
    unlabelled[~refinement.labelled] = refinement.unlabelled()
    print("context: out of fold", flush=True)
    refined = refinement.out_of_fold()
    print("context: out of fold, photographs kept whole", flush=True)
    whole = refinement.out_of_fold(photographs)
    final = EnsemblePredictions(refined[:n], ensemble.judges, unlabelled[holdout], unlabelled[n:])
    with atomic_write(CONTEXT) as folder:
        save(final, Path(folder, FINAL.name))
        save_arrays(Path(folder, WHOLE_PHOTOGRAPHS.name), oof=whole[:n])
        save_arrays(Path(folder, SIBLINGS.name), **vars(refinement.pictures.siblings))
    print(f"{CONTEXT}: {n} labelled and {len(unlabelled) - n} test images")

"""A recipe's trained ensemble, read from its folder."""

from dataclasses import dataclass
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np
from tqdm import tqdm

from letterpress.configuration.params import Params
from letterpress.ensembling.averaging import combine
from letterpress.inference import member as trained
from letterpress.inference import tta as views
from letterpress.infrastructure.errors import UserError
from letterpress.storage import prepared as arrays


@dataclass(frozen=True)
class Ensemble:
    """What judges new images: the recipe's parameters, its classes' names, and its trained members by key."""

    params: Params
    classes: list[str]
    members: dict[str, trained.TrainedMember]

    def probabilities(self, greys: np.ndarray) -> np.ndarray:
        """Float32 (n, classes) for images, uint8 (greys, n, height, width), prepared as the recipe's own are."""
        params = self.params.ensemble
        members = tqdm(self.members.items(), desc="judging", unit=" members", disable=None)
        judged = {key: views.probabilities(member, greys, self.params.predict) for key, member in members}
        return combine(judged, params.weights or dict.fromkeys(judged, 1.0), params.method)


def load(folder: Path, params: Params) -> Ensemble:
    """Read the ensemble of a recipe that has been run; raises UserError where it has not."""
    if params.ensemble.method == "stacking":
        raise UserError(f"{folder}/params.yaml: ensemble.method: stacking judges no new images; choose mean.")
    prepared, size = folder / arrays.PREPARED, (params.image.height, params.image.width)
    if not (prepared / "classes.json").exists():
        raise UserError(f"{folder}: its ensemble is not trained here; run `dvc --cd {folder} repro`.")
    classes, members = arrays.load_classes(prepared), {}
    runtime.prepare(params.train.precision)
    for key, member in params.ensemble.members.items():
        models = folder / "models" / key
        if not models.is_dir():
            raise UserError(f"{models}: is missing; run `dvc --cd {folder} repro train@{key}`.")
        members[key] = trained.load(models, member, size, len(classes))
    return Ensemble(params, classes, members)

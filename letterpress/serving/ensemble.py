"""A recipe's trained ensemble: load it from the recipe's folder, and predict new images."""

from dataclasses import dataclass
from pathlib import Path

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np
from tqdm import tqdm

from letterpress.configuration.params import Params
from letterpress.ensembling.averaging import weighted_mean
from letterpress.inference.member import TrainedMember, load_member
from letterpress.inference.tta import MemberPredictor
from letterpress.infrastructure.errors import UserError
from letterpress.storage.prepared import PREPARED, load_classes


@dataclass(frozen=True)
class TrainedEnsemble:
    """A recipe's parameters, the names of its classes, and its trained members by key."""

    params: Params
    classes: list[str]
    members: dict[str, TrainedMember]

    def predict_proba(self, channels: np.ndarray) -> np.ndarray:
        """Predict images that are preprocessed as the recipe's own.

        channels: uint8 (channels, n, height, width). Returns float32 (n, classes), rows sum to 1.
        """
        config = self.params.ensemble
        members = tqdm(self.members.items(), desc="predicting", unit=" members", disable=None)
        by_member = {
            key: MemberPredictor(member, self.params.predict.tta).predict_proba(channels) for key, member in members
        }
        return weighted_mean(by_member, config.weights, config.method)


def load_ensemble(folder: Path, params: Params) -> TrainedEnsemble:
    """Load the ensemble of a recipe; raise UserError where it has not been run, or not with these parameters."""
    if params.ensemble.method == "stacking":
        raise UserError(f"{folder}/params.yaml: ensemble.method: stacking predicts no new images; choose mean.")
    prepared, models = folder / PREPARED, folder / "models"
    if not (prepared / "labelled/classes.json").exists():
        raise UserError(f"{folder}: its ensemble is not trained here; run `dvc --cd {folder} repro`.")
    classes, members = load_classes(prepared), {}
    runtime.prepare(params.train.precision)
    for key in params.ensemble.members:
        if not (models / key).is_dir():
            raise UserError(f"{models / key}: is missing; run `dvc --cd {folder} repro train@{key}`.")
        members[key] = load_member(models / key)
        network = members[key].network
        if network.input_shape[1:3] != (params.image.height, params.image.width) or (
            network.output_shape[-1] != len(classes)
        ):
            raise UserError(f"{models / key}: was trained with other parameters; run `dvc --cd {folder} repro`.")
    return TrainedEnsemble(params, classes, members)

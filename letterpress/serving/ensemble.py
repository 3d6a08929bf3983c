"""A recipe's trained ensemble: load it from the recipe's folder, and predict new images."""

from pathlib import Path
from typing import NamedTuple

from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

import numpy as np
from tqdm import tqdm

from letterpress.configuration.params import Params, load_params
from letterpress.ensembling.averaging import weighted_mean
from letterpress.evaluation.temperature import scale_probabilities
from letterpress.inference.member import TrainedMember, load_member
from letterpress.inference.tta import MemberPredictor
from letterpress.infrastructure.errors import UserError
from letterpress.serving.images import Images, prepare_images
from letterpress.storage.prepared import PREPARED, load_classes
from letterpress.storage.temperature import TEMPERATURE, load_temperatures


class Ranking(NamedTuple):
    """The most probable classes of each image, and their probabilities, float32, of the same shape."""

    classes: np.ndarray
    probabilities: np.ndarray


class Ensemble:
    """A trained ensemble in memory; threads may share it.

    params: of its recipe. classes: their names, str (n_classes,). members: by
    key. temperature: by which the averages of the members are calibrated.
    """

    def __init__(
        self, params: Params, classes: list[str], members: dict[str, TrainedMember], temperature: float
    ) -> None:
        self.params, self.classes, self.members, self.temperature = params, np.array(classes), members, temperature
        self._predictors = {key: MemberPredictor(member, params.predict.tta) for key, member in members.items()}

    def predict(self, images: Images, top: int | None = None) -> Ranking:
        """Predict the class of each image, arrays (n,), or with `top` the most probable ones, (n, top), best first.

        One image, or many: paths, file objects, bytes of files, Pillow's images,
        or arrays as prepare_images reads them. Raises UserError that names the
        image that cannot be read.
        """
        ranking = self.rank(self.predict_proba(images), top or 1)
        return ranking if top else Ranking(ranking.classes[:, 0], ranking.probabilities[:, 0])

    def predict_proba(self, images: Images) -> np.ndarray:
        """Predict each image's probabilities, float32 (n, n_classes), rows sum to 1, in the order of `classes`."""
        return self.predict_prepared(prepare_images(images, self.params.image))

    def predict_prepared(self, channels: np.ndarray, verbose: bool = False) -> np.ndarray:
        """Predict images that are prepared as the recipe's own, uint8 (channels, n, height, width).

        With `verbose` a terminal shows which member is under way.
        """
        shown = tqdm(self._predictors.items(), "predicting", unit=" members", disable=None if verbose else True)
        by_member = {key: predictor.predict_proba(channels) for key, predictor in shown}
        averaged = weighted_mean(by_member, self.params.ensemble.weights, self.params.ensemble.method)
        return scale_probabilities(averaged, self.temperature)

    def rank(self, probabilities: np.ndarray, top: int) -> Ranking:
        """Return the `top` most probable classes, (n, top), best first; of equal ones the first in their order."""
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return Ranking(self.classes[best], np.take_along_axis(probabilities, best, axis=1))


def load_ensemble(folder: str | Path, precision: str | None = None) -> Ensemble:
    """Load the ensemble of a recipe, to compute in the recipe's precision or in another.

    Raises UserError where the recipe has not been run, or not with these parameters.
    """
    folder = Path(folder)
    params = load_params(folder / "params.yaml")
    if params.ensemble.method == "stacking":
        raise UserError(f"{folder}/params.yaml: ensemble.method: stacking predicts no new images; choose mean.")
    prepared, models = folder / PREPARED, folder / "models"
    if not (prepared / "labelled/classes.json").exists():
        raise UserError(f"{folder}: its ensemble is not trained here; run `dvc --cd {folder} repro`.")
    classes, members = load_classes(prepared), {}
    runtime.prepare(precision or params.train.precision)
    for key in params.ensemble.members:
        if not (models / key).is_dir():
            raise UserError(f"{models / key}: is missing; run `dvc --cd {folder} repro train@{key}`.")
        members[key] = load_member(models / key)
        network = members[key].network
        if network.input_shape[1:3] != (params.image.height, params.image.width) or (
            network.output_shape[-1] != len(classes)
        ):
            raise UserError(f"{models / key}: was trained with other parameters; run `dvc --cd {folder} repro`.")
    temperature = load_temperatures(folder / TEMPERATURE)["new_images"]
    return Ensemble(params, classes, members, temperature.temperature)

"""Convert a trained ensemble to ONNX, and compare both on the recipe's own images."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from letterpress.infrastructure import git, projects
from letterpress.infrastructure.errors import UserError
from letterpress.serving.ensemble import Ensemble
from letterpress.serving.onnx_graph import INPUT, OUTPUT, build_graph
from letterpress.storage.prepared import PREPARED, load_split

try:
    import onnx
    import onnxruntime
    import tf2onnx

    from letterpress.serving.onnx_order import canonicalize
except ModuleNotFoundError as error:
    raise UserError(f"{error.name} is not installed; run `make export`, which installs it.") from error

OPSET = 18
BATCH_SIZE = 128
MAX_DIFFERENCE = 1e-3  # of probabilities
SIZES = {INPUT: ("n", None, "height", "width"), OUTPUT: ("n", None)}  # names of what a caller chooses


class Comparison(NamedTuple):
    """How an exported ensemble differs from the recipe's own predictions on n images."""

    n: int
    same_class: float
    largest_difference: float


def convert(ensemble: Ensemble, folder: Path) -> bytes:
    """Return the ensemble as the bytes of an ONNX file; equal ensembles give equal bytes.

    folder: of the recipe, whose name and commit the file names.
    """
    function = build_graph(ensemble)
    with _without_warnings():
        model, _ = tf2onnx.convert.from_function(function, function.input_signature, opset=OPSET)
    canonicalize(model.graph)
    for value in (*model.graph.input, *model.graph.output):
        for dimension, name in zip(value.type.tensor_type.shape.dim, SIZES[value.name], strict=True):
            if name:
                dimension.dim_param = name
    onnx.helper.set_model_props(model, describe(ensemble, folder))
    model.producer_name, model.producer_version = "letterpress", ""
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def describe(ensemble: Ensemble, folder: Path) -> dict[str, str]:
    """Return the file's metadata: texts, of which classes and channels are JSON."""
    image = ensemble.params.image
    return {
        "classes": json.dumps(list(map(str, ensemble.classes)), ensure_ascii=False),
        "channels": json.dumps(["luma", "pca_channel"] if image.pca_channel else ["luma"]),
        "height": str(image.height),
        "width": str(image.width),
        "recipe": projects.name_of(folder),
        "commit": _commit(folder),
    }


def _commit(folder: Path) -> str:
    """Return the commit's hash, with `-dirty` where the recipe has changed since; `unknown` without git."""
    commit = git.head_commit(folder)
    if commit is None:
        return "unknown"
    return f"{commit}-dirty" if git.uncommitted(folder, "params.yaml", "dvc.lock") else commit


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Leave out what tf2onnx logs of its progress, and of rewritings that it does not make."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def compare(model: bytes, ensemble: Ensemble, channels: np.ndarray) -> Comparison:
    """Compare the probabilities of prepared images, uint8 (channels, n, h, w); raise UserError where they differ."""
    ours, exported = ensemble.predict_prepared(channels), run(model, as_decoded(channels, ensemble))
    same_class, difference = np.mean(ours.argmax(1) == exported.argmax(1)), np.abs(ours - exported).max()
    result = Comparison(len(ours), float(same_class), float(difference))
    if not result.largest_difference <= MAX_DIFFERENCE:
        raise UserError(
            f"the exported ensemble's probabilities differ by up to {result.largest_difference:.1e}, and nothing was "
            "written; run `make export` for the versions of the packages that are known to agree."
        )
    return result


def as_decoded(channels: np.ndarray, ensemble: Ensemble) -> np.ndarray:
    """Return prepared images, uint8 (channels, n, h, w), as the exported graph reads them: not yet inverted."""
    images = np.swapaxes(channels, 0, 1)
    return 255 - images if ensemble.params.image.invert else images


def run(model: bytes, images: np.ndarray) -> np.ndarray:
    """Run a model with onnxruntime on the CPU: uint8 (n, channels, h, w) to float32 (n, n_classes)."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    batches = range(0, len(images), BATCH_SIZE)
    return np.concatenate([session.run(None, {INPUT: images[i : i + BATCH_SIZE]})[0] for i in batches])


def sample_images(folder: Path, n: int) -> np.ndarray:
    """Return n of a recipe's test images, or of its labelled ones without these, uint8 (channels, n, h, w)."""
    test = load_split("test", folder / PREPARED)
    split = test if len(test.images) else load_split("labelled", folder / PREPARED)
    channels = np.stack(split.channels)
    return channels[:, np.linspace(0, channels.shape[1] - 1, min(n, channels.shape[1])).astype(int)]

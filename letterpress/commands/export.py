"""Export a trained recipe as one ONNX file, which runs without Letterpress and TensorFlow.

letterpress export RECIPE_DIR [-o model.onnx]

The file holds everything from grayscale images of any size to calibrated
probabilities, in float32 whatever the recipe's precision. It is compared with
the recipe's own predictions before it is written.
"""

import argparse
import sys
from pathlib import Path

from letterpress.commands.arguments import add_recipe
from letterpress.commands.predict import recipe_files
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.outputs import check_output, descriptor_of, write_output
from letterpress.storage.exported_model import ONNX

N_COMPARED = 256  # images
MAX_BYTES = 2_000_000_000  # of a protobuf message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe and the output."""
    add_recipe(parser)
    parser.add_argument("-o", "--output", metavar="FILE.onnx", help=f"default: {ONNX} in the recipe's folder")


def run(arguments: argparse.Namespace) -> None:
    """Write the file, and print its size and how far it is from the recipe's own predictions."""
    folder, output = arguments.recipe, arguments.output
    output = str(folder / ONNX) if output is None else output
    check_output(output, recipe_files(folder))
    check_exportable(folder)
    from letterpress.serving import onnx_export
    from letterpress.serving.ensemble import load_ensemble

    ensemble = load_ensemble(folder, precision="float32")
    model = onnx_export.convert(ensemble, folder)
    compared = onnx_export.compare(model, ensemble, onnx_export.sample_images(folder, N_COMPARED))
    write_output(output, model)
    if descriptor_of(output) is None:
        print(
            f"{output}: {len(model) / 1e6:.2f} MB, the same class as the recipe in float32 for "
            f"{compared.same_class:.2%} of {compared.n} images, largest difference {compared.largest_difference:.1e}"
        )


def check_exportable(folder: Path) -> None:
    """Raise UserError where a part of the recipe has no place in the file; say so on stderr where it is optional."""
    from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

    import keras

    from letterpress.configuration.params import load_params

    params = load_params(folder / "params.yaml")
    runtime.prepare("float32")
    if keras.backend.backend() != "tensorflow":
        raise UserError("KERAS_BACKEND: networks are exported from tensorflow alone; unset the variable.")
    sizes = [file.stat().st_size for key in params.ensemble.members for file in (folder / "models" / key).glob("*")]
    if sum(sizes) > MAX_BYTES:
        raise UserError(
            f"{folder}: its members take {sum(sizes) / 1e9:.1f} GB, and an ONNX file holds 2 GB; "
            "leave some of ensemble.members out."
        )
    if params.context is not None:
        print(f"{folder}: the context is left out: each image is predicted alone, as by predict.", file=sys.stderr)

"""Convert the archive's images to grayscale arrays of one size: data/prepared/ and metrics/data.json.

python stages preprocess
"""

from pathlib import Path

from letterpress.configuration.params import Params
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.infrastructure.files import write_json


def main(params: Params) -> None:
    dataset = params.dataset
    archive = Path(f"data/raw/{dataset.name}.zip")
    description = preprocess_dataset(archive, dataset.layout, params.image, dataset.classes)
    write_json("metrics/data.json", description)
    images = description["images"]
    print(f"data/prepared: {images['train']} labelled and {images['test']} test images")

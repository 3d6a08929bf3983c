"""Read the archive, grey and resize its images: data/prepared/ and metrics/data.json.

python stages preprocess
"""

from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.data import DatasetConfig, ImageConfig
from letterpress.datasets.preprocess import prepare_dataset
from letterpress.infrastructure.files import write_json


def main() -> None:
    dataset, image = loader.load(DatasetConfig, "dataset"), loader.load(ImageConfig, "image")
    description = prepare_dataset(Path(f"data/raw/{dataset.name}.zip"), dataset.layout, image, dataset.classes)
    write_json("metrics/data.json", description)
    images = description["images"]
    print(f"data/prepared: {images['train']} labelled and {images['test']} test images")

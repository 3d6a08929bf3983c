"""Read the archive, grey and resize its images: data/prepared/ and metrics/data.json.

python stages preprocess
"""

from pathlib import Path

from letterpress.configuration import loading
from letterpress.configuration.dataset import Dataset
from letterpress.configuration.image import Image
from letterpress.datasets.preprocess import prepare_dataset
from letterpress.infrastructure.files import write_json


def main() -> None:
    dataset, image = loading.load(Dataset, "dataset"), loading.load(Image, "image")
    description = prepare_dataset(Path(f"data/raw/{dataset.name}.zip"), dataset.layout, image, dataset.classes)
    write_json("metrics/data.json", description)
    images = description["images"]
    print(f"data/prepared: {images['train']} labelled and {images['test']} test images")

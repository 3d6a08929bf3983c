"""Bring the data set's archive, from Kaggle, a folder or the renderer, to data/raw/<name>.zip.

python stages fetch
"""

from pathlib import Path

from letterpress.configuration import loader
from letterpress.configuration.data import DatasetConfig
from letterpress.sources.fetch import fetch


def main() -> None:
    dataset = loader.load(DatasetConfig, "dataset")
    target = Path(f"data/raw/{dataset.name}.zip")
    fetch(dataset, target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")

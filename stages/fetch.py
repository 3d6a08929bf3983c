"""Fetch the data set's archive from Kaggle, a local path or the renderer: data/raw/<name>.zip.

python stages fetch
"""

from pathlib import Path

from letterpress.configuration.params import Params
from letterpress.sources.fetch import fetch


def main(params: Params) -> None:
    target = Path(f"data/raw/{params.dataset.name}.zip")
    fetch(params.dataset, target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")

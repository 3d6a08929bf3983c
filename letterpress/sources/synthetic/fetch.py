"""Render a data set in the layout of First Steps With Julia, true test labels included."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.parallel import parallel_map
from letterpress.sources.synthetic.degradations import photograph
from letterpress.sources.synthetic.glyphs import UPPER

CHUNK = 200  # images a process renders at a time


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Render dataset.synthetic and store it: the same parameters give the same bytes."""
    params = dataset.synthetic
    count = params.train_images + params.test_images
    labels, pictures = [], []
    rendered = parallel_map(photograph, ((params.seed, i) for i in range(count)), CHUNK)
    for label, picture in tqdm(rendered, total=count, desc="rendering", unit=" images", disable=None):
        labels.append(label)
        pictures.append(picture)
    ids = range(1, count + 1)
    train, test = slice(params.train_images), slice(params.train_images, None)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        _store(archive, "trainLabels.csv", _table(ids[train], labels[train]))
        _store(archive, "sampleSubmission.csv", _table(ids[test], UPPER[:1] * params.test_images))
        _store(archive, "testLabels.csv", _table(ids[test], labels[test]))
        _store(archive, "train.zip", _pack("train", ids[train], pictures[train]))
        _store(archive, "test.zip", _pack("test", ids[test], pictures[test]))


def _table(ids: Iterable[int], labels: Iterable[str]) -> bytes:
    rows = (f"{i},{label}\n" for i, label in zip(ids, labels, strict=True))
    return ("ID,Class\n" + "".join(rows)).encode()


def _pack(folder: str, ids: Iterable[int], pictures: Iterable[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for i, picture in zip(ids, pictures, strict=True):
            _store(archive, f"{folder}/{i}.jpg", picture)
    return file.getvalue()


def _store(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content)  # dated 1980, whenever it runs

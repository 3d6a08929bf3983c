"""Write a synthetic data set in the layout of First Steps With Julia, the test labels included."""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from letterpress.configuration.data import DatasetConfig
from letterpress.infrastructure.parallel import parallel_map
from letterpress.infrastructure.zips import add_file
from letterpress.sources.synthetic.degradations import draw_photo
from letterpress.sources.synthetic.glyphs import UPPER

CHUNK = 200  # images a process renders at a time


def fetch(dataset: DatasetConfig, target: Path) -> None:
    """Render dataset.synthetic and store it; the same parameters give the same bytes."""
    config = dataset.synthetic
    count = config.train_images + config.test_images
    labels, photos = [], []
    rendered = parallel_map(draw_photo, ((config.seed, i) for i in range(count)), CHUNK)
    for label, photo in tqdm(rendered, total=count, desc="rendering", unit=" images", disable=None):
        labels.append(label)
        photos.append(photo)
    ids = range(1, count + 1)
    train, test = slice(config.train_images), slice(config.train_images, None)
    with zipfile.ZipFile(target, "w") as archive:
        add_file(archive, "trainLabels.csv", _table(ids[train], labels[train]))
        add_file(archive, "sampleSubmission.csv", _table(ids[test], UPPER[:1] * config.test_images))
        add_file(archive, "testLabels.csv", _table(ids[test], labels[test]))
        add_file(archive, "train.zip", _inner_zip("train", ids[train], photos[train]))
        add_file(archive, "test.zip", _inner_zip("test", ids[test], photos[test]))


def _table(ids: Iterable[int], labels: Iterable[str]) -> bytes:
    rows = (f"{i},{label}\n" for i, label in zip(ids, labels, strict=True))
    return ("ID,Class\n" + "".join(rows)).encode()


def _inner_zip(folder: str, ids: Iterable[int], photos: Iterable[bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for i, photo in zip(ids, photos, strict=True):
            add_file(archive, f"{folder}/{i}.jpg", photo)
    return file.getvalue()

"""The archives as their publishers ship them, where LETTERPRESS_ARCHIVES names a folder with them."""

from collections import Counter

import numpy as np
import pytest

from letterpress.configuration.data import ImageConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.formats import class_folders, labels_csv, pixel_csv
from letterpress.datasets.formats.read import keep
from letterpress.datasets.image_arrays import prepare
from letterpress.datasets.raw import Part
from letterpress.sources.kaggle.fetch import kept_archive
from letterpress.storage.class_groups import group_classes


def opened(name):
    path = kept_archive(name)
    if path is None:
        pytest.skip(f"LETTERPRESS_ARCHIVES names no folder with {name}.zip")
    return Archive(path)


def test_first_steps_with_julia_is_read():
    raw = labels_csv.read(opened("first-steps-with-julia"))
    assert (len(raw.train), len(raw.test), len(set(raw.train.labels))) == (6283, 6220, 62)
    assert raw.train.ids == [str(i) for i in range(1, 6284)]
    assert raw.test.ids == [str(i) for i in range(6284, 12504)]
    assert raw.test.labels is None
    assert raw.sample_submission.splitlines()[0] == b"ID,Class"


def test_pictures_of_first_steps_with_julia_become_arrays_of_one_size():
    archive = opened("first-steps-with-julia")
    train, test = labels_csv.read(archive).train, labels_csv.read(archive).test
    some = Part(train.ids[::20] + test.ids[::20], None, train.pictures[::20] + test.pictures[::20])
    params = ImageConfig(32, 24, preserve_aspect_ratio=False, invert=False, pca_channel=False)
    (images,), sizes = prepare(some, archive, params, "some")
    assert (images.dtype, images.shape) == (np.uint8, (315 + 311, 32, 24))
    assert (images.reshape(len(images), -1).max(axis=1) > images.reshape(len(images), -1).min(axis=1)).all()
    assert len(np.unique(sizes)) > 100


def test_digit_recognizer_is_read():
    raw = pixel_csv.read(opened("digit-recognizer"))
    assert raw.train.pictures.shape == (42_000, 28, 28)
    assert raw.test.pictures.shape == (28_000, 28, 28)
    assert sorted(set(raw.train.labels)) == list("0123456789")
    assert raw.test.ids == [str(i) for i in range(1, 28_001)]
    assert raw.sample_submission is not None


def test_devanagari_is_read():
    raw = class_folders.read(opened("devanagari-character-dataset"))
    assert (len(raw.train), len(raw.test)) == (10_970, 0)
    classes = Counter(raw.train.labels)
    assert len(classes) == 58
    assert Counter(name.split("/")[0] for name in classes) == {"numerals": 10, "vowels": 12, "consonants": 36}


def test_each_group_of_devanagari_is_kept_by_its_pattern():
    train = class_folders.read(opened("devanagari-character-dataset")).train
    groups = group_classes(sorted(set(train.labels)))
    assert {name: len(indices) for name, indices in groups.items()} == {
        "consonants": 36,
        "numerals": 10,
        "vowels": 12,
    }
    kept = {name: keep(train, f"{name}/*") for name in groups}
    assert {name: len(part) for name, part in kept.items()} == {"consonants": 6264, "numerals": 2450, "vowels": 2256}
    assert all(len(set(kept[name].labels)) == len(indices) for name, indices in groups.items())

"""The published archives are read, where LETTERPRESS_ARCHIVES names a folder with them."""

from collections import Counter

import numpy as np
import pytest

from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.read import filter_classes, read_dataset
from letterpress.datasets.preprocess import preprocess_images
from letterpress.datasets.raw import RawSplit
from letterpress.sources.kaggle.fetch import find_local_archive
from letterpress.storage.class_groups import group_classes
from tests.archives import image_config


def open_archive(name):
    path = find_local_archive(name)
    if path is None:
        pytest.skip(f"LETTERPRESS_ARCHIVES names no folder with {name}.zip")
    return Archive(path)


def test_first_steps_with_julia_is_read():
    raw = read_dataset(open_archive("first-steps-with-julia"), "labels-csv")
    assert (len(raw.labelled), len(raw.test), len(set(raw.labelled.labels))) == (6283, 6220, 62)
    assert raw.labelled.ids == [str(i) for i in range(1, 6284)]
    assert raw.test.ids == [str(i) for i in range(6284, 12504)]
    assert raw.test.labels is None
    assert raw.sample_submission.splitlines()[0] == b"ID,Class"


def test_images_of_first_steps_with_julia_become_arrays_of_one_size():
    archive = open_archive("first-steps-with-julia")
    raw = read_dataset(archive, "labels-csv")
    names = raw.labelled.files_or_pixels[::20] + raw.test.files_or_pixels[::20]
    config = image_config(height=32, width=24)
    (images,), sizes = preprocess_images(RawSplit(names, None, names), archive, config, "some images")
    assert (images.dtype, images.shape) == (np.uint8, (315 + 311, 32, 24))
    assert (images.reshape(len(images), -1).max(axis=1) > images.reshape(len(images), -1).min(axis=1)).all()
    assert len(np.unique(sizes)) > 100


def test_digit_recognizer_is_read():
    raw = read_dataset(open_archive("digit-recognizer"), "pixel-csv")
    assert raw.labelled.files_or_pixels.shape == (42_000, 28, 28)
    assert raw.test.files_or_pixels.shape == (28_000, 28, 28)
    assert sorted(set(raw.labelled.labels)) == list("0123456789")
    assert raw.test.ids == [str(i) for i in range(1, 28_001)]
    assert raw.sample_submission is not None


def test_devanagari_is_read():
    raw = read_dataset(open_archive("devanagari-character-dataset"), "class-folders")
    assert (len(raw.labelled), len(raw.test)) == (10_970, 0)
    classes = Counter(raw.labelled.labels)
    assert len(classes) == 58
    assert Counter(name.split("/")[0] for name in classes) == {"numerals": 10, "vowels": 12, "consonants": 36}


def test_each_group_of_devanagari_is_filtered_by_its_pattern():
    labelled = read_dataset(open_archive("devanagari-character-dataset"), "class-folders").labelled
    groups = group_classes(sorted(set(labelled.labels)))
    assert {name: len(indices) for name, indices in groups.items()} == {
        "consonants": 36,
        "numerals": 10,
        "vowels": 12,
    }
    kept = {name: filter_classes(labelled, f"{name}/*") for name in groups}
    assert {name: len(split) for name, split in kept.items()} == {
        "consonants": 6264,
        "numerals": 2450,
        "vowels": 2256,
    }
    assert all(len(set(kept[name].labels)) == len(indices) for name, indices in groups.items())

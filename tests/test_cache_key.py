"""Two trainings have one cache key only if everything that they depend on is equal."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from letterpress.configuration.ensemble import MemberConfig
from letterpress.training import cache_key
from letterpress.training.cache_key import compute_cache_key

MEMBER = MemberConfig(network="vgg_bn", seed=0, kwargs={"width": 2})
IMAGES = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)


def test_equal_parts_have_equal_keys():
    expected = compute_cache_key(MEMBER, IMAGES, "float32", (3, MEMBER))
    assert compute_cache_key(replace(MEMBER), IMAGES.copy(), "float32", (3, MEMBER)) == expected
    assert compute_cache_key(np.asfortranarray(IMAGES)) == compute_cache_key(IMAGES)


@pytest.mark.parametrize(
    "parts",
    [
        (replace(MEMBER, seed=1), IMAGES),
        (replace(MEMBER, kwargs={"width": 3}), IMAGES),
        (MEMBER, IMAGES + np.uint8(1)),
        (MEMBER, IMAGES.astype(np.int8)),
        (MEMBER, IMAGES.reshape(2, 1, 4)),
        (MEMBER, IMAGES, None),
        (MEMBER, (IMAGES,)),
        (IMAGES, MEMBER),
    ],
    ids=["seed", "kwargs", "pixels", "dtype", "shape", "more", "nested", "order"],
)
def test_any_other_part_has_another_key(parts):
    assert compute_cache_key(*parts) != compute_cache_key(MEMBER, IMAGES)


def test_empty_arrays_have_keys():
    assert compute_cache_key(np.empty((0, 8, 8), np.uint8)) != compute_cache_key(np.empty((0, 8, 9), np.uint8))


def test_a_weights_file_counts_by_its_content(tmp_path):
    keys = []
    for name, text in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(text)
        keys.append(compute_cache_key(tmp_path / name))
    assert keys[0] == keys[1] != keys[2]


def test_another_dtype_policy_has_another_key(bfloat16):
    key = compute_cache_key(MEMBER)
    keras.config.set_dtype_policy("float32")
    assert compute_cache_key(MEMBER) != key


@pytest.mark.parametrize("folder", ["networks", "inference/layers", "inference", "training"])
def test_changed_code_has_another_key(tmp_path, monkeypatch, folder):
    monkeypatch.setattr(cache_key, "LIBRARY", tmp_path)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "module.py").write_text("WIDTH = 1\n")
    before = compute_cache_key(MEMBER)
    (tmp_path / folder / "module.py").write_text("WIDTH = 2\n")
    assert compute_cache_key(MEMBER) != before

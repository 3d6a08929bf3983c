"""Synthetic images have the data set's classes and size, and are the same at every call."""

import subprocess
import sys

import numpy as np
import pytest

from letterpress.infrastructure.errors import UserError
from letterpress.sources.synthetic.render import render_images
from tests.archives import image_config
from tests.extras import needs_letters
from tests.imports import ROOT

SIZE = image_config(height=12, width=10)
pytestmark = needs_letters


def test_images_have_the_target_size_and_the_classes():
    images, labels = render_images(["7", "A", "b"], 60, 0, SIZE)
    assert (images.shape, images.dtype) == ((60, 12, 10), np.uint8)
    assert (labels.dtype, set(labels.tolist())) == (np.int32, {0, 1, 2})
    assert images.std(axis=(1, 2)).min() > 0


def test_the_same_arguments_give_the_same_bytes():
    first, second, other = (render_images(["A", "b"], 8, seed, SIZE)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_more_images_begin_with_the_same_ones():
    few, many = render_images(["A", "b"], 4, 0, SIZE)[0], render_images(["A", "b"], 8, 0, SIZE)[0]
    np.testing.assert_array_equal(many[:4], few)


def test_only_the_classes_are_rendered():
    assert set(render_images(["0", "1"], 20, 0, SIZE)[1].tolist()) == {0, 1}


def test_classes_that_cannot_be_rendered_are_refused():
    with pytest.raises(UserError, match=r"pretrain\.n_images: the class 'vowels/1' cannot be rendered; set it to 0"):
        render_images(["A", "vowels/1"], 1, 0, SIZE)


def test_without_synthetic_images_the_stage_writes_empty_arrays_and_imports_no_fonts(tmp_path):
    code = """
import os, sys
from pathlib import Path
from letterpress.configuration.params import load_params
from stages.render import main
params = load_params(Path("params.yaml"))
os.chdir(sys.argv[1])
main(params)
loaded = {"tensorflow", "PIL.ImageFont", "letterpress.sources.synthetic.fonts"} & set(sys.modules)
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "data/synthetic: 0 images\n"), done.stderr
    images, labels = (np.load(tmp_path / f"data/synthetic/{name}.npy") for name in ("images", "labels"))
    assert (images.shape, images.dtype, labels.shape, labels.dtype) == ((0, 32, 32), np.uint8, (0,), np.int32)

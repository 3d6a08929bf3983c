"""A trained ensemble in a program: what it takes, what it returns, and that threads may share it."""

import io
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import letterpress
from letterpress.configuration.ensemble import MemberConfig
from letterpress.configuration.params import load_params
from letterpress.infrastructure.errors import UserError
from letterpress.serving.images import prepare_images
from tests.archives import encode, image_config
from tests.imports import ROOT

GRAY = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)
COLOR = np.random.default_rng(1).integers(0, 256, (6, 20, 10, 3), dtype=np.uint8)
CONFIG = image_config(height=8, width=8)
CONVERTED = replace(CONFIG, invert=True, preserve_aspect_ratio=True, pca_channel=True)


@pytest.fixture(scope="module")
def ensemble(float32):
    """Two members with random weights, scaled so that the classes differ."""
    from letterpress.inference.factory import build_network
    from letterpress.inference.member import TrainedMember
    from letterpress.serving.ensemble import Ensemble

    params = load_params(ROOT / "params.yaml")
    params = replace(params, image=CONFIG, ensemble=replace(params.ensemble, method="mean", weights=None))
    members = {}
    for seed in range(2):
        kwargs = {"kernel": 3, "depth": 1, "width": 4, "dropout": 0.2}
        config = MemberConfig(network="unpadded", seed=seed, kwargs=kwargs)
        network = build_network(config, (8, 8), 3)
        network.layers[-1].kernel.assign(network.layers[-1].kernel * 10)
        members[f"m{seed}"] = TrainedMember(config, network)
    return Ensemble(params, ["A", "B", "C"], members, temperature=0.5)


def as_files(folder: Path, images: np.ndarray) -> list[Path]:
    paths = [folder / f"{i}.png" for i in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        path.write_bytes(encode(image))
    return paths


@pytest.mark.parametrize(
    "config", [CONFIG, replace(CONFIG, invert=True, preserve_aspect_ratio=True, pca_channel=True)]
)
@pytest.mark.parametrize("images", [GRAY, COLOR], ids=["gray", "color"])
def test_every_way_to_give_images_gives_the_same_pixels(tmp_path, config, images):
    paths = as_files(tmp_path, images)
    expected = prepare_images(paths, config)
    assert expected.shape == (1 + config.pca_channel, 6, 8, 8)
    for given in (
        images,
        list(images),
        images.astype(np.float64) / 255,
        [str(path) for path in paths],
        [path.read_bytes() for path in paths],
        [io.BytesIO(path.read_bytes()) for path in paths],
        [Image.open(path) for path in paths],
        (Image.fromarray(image) for image in images),
        [paths[0], Image.open(paths[1]), images[2], *paths[3:]],
    ):
        np.testing.assert_array_equal(prepare_images(given, config), expected)


def test_one_image_is_many_of_one(tmp_path):
    (path,) = as_files(tmp_path, GRAY[:1])
    expected = GRAY[:1][None]
    with path.open("rb") as file:
        for given in (path, str(path), path.read_bytes(), file, Image.open(path), GRAY[0], GRAY[0][..., None]):
            np.testing.assert_array_equal(prepare_images(given, CONFIG), expected)
    assert prepare_images(COLOR[0], CONFIG).shape == (1, 1, 8, 8)
    assert prepare_images([], CONFIG).shape == (1, 0, 8, 8)


def test_pillows_images_are_turned_upright_and_put_on_white_and_are_not_changed():
    turned, exif = Image.fromarray(COLOR[0]), Image.Exif()
    exif[0x0112] = 3  # upside down
    file = io.BytesIO()
    turned.save(file, "PNG", exif=exif)
    opened = Image.open(file)
    np.testing.assert_array_equal(prepare_images(opened, CONFIG), prepare_images(COLOR[0][::-1, ::-1], CONFIG))
    assert opened.getexif()[0x0112] == 3
    assert prepare_images(Image.new("RGBA", (8, 8), (0, 0, 0, 0)), CONFIG).min() == 255


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros(5, np.uint8), "expected (h, w), (h, w, c), (n, h, w) or (n, h, w, c), received (5,)"),
        (np.zeros((2, 2, 2, 2), np.uint8), "received (2, 2, 2, 2)"),
        (np.zeros((0, 8), np.uint8), "received (1, 0, 8)"),
        (np.full((8, 8), 2.0), "expected uint8 or float in [0, 1], received float64 with other values"),
        (np.full((8, 8), np.nan), "received float64 with other values"),
        (np.zeros((8, 8), np.int64), "received int64"),
        (b"no image", "image 0: is not a readable image (cannot identify image file)"),
        (["missing.png"], "missing.png: is not a readable image (No such file or directory)"),
    ],
)
def test_what_is_no_image_is_named(images, message):
    with pytest.raises(UserError, match=re.escape(message)):
        prepare_images(images, CONFIG)


def test_probabilities_are_the_mean_of_members_and_views_raised_to_2(ensemble):
    networks = [member.network for member in ensemble.members.values()]
    pixels = GRAY[..., None] / np.float32(255)
    logits = [np.asarray(network(x, training=False)) for network in networks for x in (pixels, 1 - pixels)]
    mean = np.mean([np.exp(x) / np.exp(x).sum(1, keepdims=True) for x in logits], axis=0)
    expected = mean**2 / (mean**2).sum(1, keepdims=True)
    np.testing.assert_allclose(ensemble.predict_proba(GRAY), expected, atol=1e-5)


def test_the_best_classes_come_with_their_probabilities(ensemble):
    probabilities = ensemble.predict_proba(GRAY)
    classes, best = ensemble.predict(GRAY)
    assert classes.tolist() == ensemble.classes[probabilities.argmax(1)].tolist()
    np.testing.assert_array_equal(best, probabilities.max(1))
    ranking = ensemble.predict(GRAY, top=5)
    assert ranking.classes.shape == ranking.probabilities.shape == (6, 3)
    np.testing.assert_array_equal(ranking.probabilities, -np.sort(-probabilities, axis=1))
    assert ensemble.predict(GRAY[0]).classes.shape == (1,)


def test_threads_get_the_same_bits(ensemble):
    images = np.random.default_rng(2).integers(0, 256, (400, 8, 8), dtype=np.uint8)
    parts = np.split(images, [3, 50, 51, 200, 300, 390])
    expected = [ensemble.predict_proba(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        for result, other in zip(pool.map(ensemble.predict_proba, parts * 4), expected * 4, strict=True):
            np.testing.assert_array_equal(result, other)


def test_a_recipe_that_has_not_been_run_is_named(tmp_path):
    with pytest.raises(UserError, match=r"params\.yaml"):
        letterpress.load(tmp_path)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    with pytest.raises(UserError, match=f"^{tmp_path}: its ensemble is not trained here"):
        letterpress.load(str(tmp_path))


def test_importing_the_package_imports_no_tensorflow():
    code = "import sys, letterpress; sys.exit(bool({'tensorflow', 'keras', 'pandas'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

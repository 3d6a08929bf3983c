"""The synthetic data set: its layout, reproducible bytes, typefaces, glyphs and degradations."""

import csv
import io
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from letterpress.configuration.data import DatasetConfig, SyntheticConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.labels_csv import read_labels_csv
from letterpress.infrastructure.errors import UserError
from letterpress.sources.synthetic import degradations, fonts, glyphs
from letterpress.sources.synthetic.fetch import fetch
from letterpress.sources.synthetic.fonts import load_font, sign_families, street_families
from tests.archives import dates
from tests.extras import needs_letters


def fetch_synthetic(folder, train_images=6, test_images=3, seed=0):
    config = SyntheticConfig(train_images, test_images, seed)
    dataset = DatasetConfig("letters", "synthetic", "labels-csv", None, None, None, None, synthetic=config)
    path = folder / f"{train_images}-{test_images}-{seed}.zip"
    fetch(dataset, path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return fetch_synthetic(tmp_path_factory.mktemp("synthetic"))


def test_the_archive_has_the_layout_of_first_steps_with_julia(path):
    raw = read_labels_csv(Archive(path))
    assert raw.labelled.ids == ["1", "2", "3", "4", "5", "6"]
    assert raw.labelled.files_or_pixels[0] == "train.zip/train/1.jpg"
    assert raw.test.ids == ["7", "8", "9"]
    assert raw.test.files_or_pixels[0] == "test.zip/test/7.jpg"
    rows = list(csv.reader(io.StringIO(raw.sample_submission.decode())))
    assert rows == [["ID", "Class"], ["7", "A"], ["8", "A"], ["9", "A"]]
    assert raw.labelled.labels + raw.test.labels == [degradations.draw_photo((0, i))[0] for i in range(9)]


def test_the_images_are_small_color_photos(path):
    archive = Archive(path)
    for name in read_labels_csv(archive).labelled.files_or_pixels:
        image = Image.open(io.BytesIO(archive.read(name)))
        assert (image.format, image.mode) == ("JPEG", "RGB")
        assert min(image.size) >= 8
        assert np.ptp(np.asarray(image.convert("L"))) > 20


def test_the_same_parameters_give_the_same_bytes(path, tmp_path):
    assert fetch_synthetic(tmp_path).read_bytes() == path.read_bytes()
    assert dates(path) == {(1980, 1, 1, 0, 0, 0)}


def test_another_seed_gives_other_images(path, tmp_path):
    name = "train.zip/train/1.jpg"
    assert Archive(fetch_synthetic(tmp_path, seed=1)).read(name) != Archive(path).read(name)


def test_more_images_begin_with_the_same_ones(path, tmp_path):
    fewer, more = Archive(fetch_synthetic(tmp_path, train_images=4, test_images=0)), Archive(path)
    raw = read_labels_csv(fewer)
    assert (raw.test.ids, raw.test.labels, raw.sample_submission) == ([], [], b"ID,Class\n")
    for name in raw.labelled.files_or_pixels:
        assert fewer.read(name) == more.read(name)


def test_labels_are_drawn_by_the_probability_of_their_type():
    rng = np.random.default_rng(0)
    labels = [glyphs.choose_label(rng, glyphs.CLASSES) for _ in range(4000)]
    assert set(labels) == set(glyphs.CLASSES)
    assert len(set(glyphs.CLASSES)) == len(glyphs.CLASSES) == 62
    for char_type, p in zip(glyphs.CHAR_TYPES, glyphs.CHAR_TYPE_PROBABILITIES, strict=True):
        assert abs(sum(label in char_type for label in labels) / 4000 - p) < 4 * math.sqrt(p * (1 - p) / 4000)


def test_digits_are_drawn_between_digits():
    rng = np.random.default_rng(0)
    pairs = [glyphs._choose_context("7", rng) for _ in range(200)]
    assert {character for pair in pairs for character in "".join(pair)} == set(glyphs.DIGITS)
    assert ("", "") in pairs


def test_every_mask_shows_ink():
    rng = np.random.default_rng(0)
    for label in glyphs.CLASSES:
        masks = glyphs.draw_masks(label, rng)
        assert min(masks.ink.size) >= 8
        assert np.asarray(masks.ink).max() > 200
        assert masks.outline.size == masks.ink.size


def test_an_outline_covers_the_ink_and_more():
    rng = np.random.default_rng(0)
    outlined = [masks for label in glyphs.CLASSES if (masks := glyphs.draw_masks(label, rng)).outlined]
    assert outlined
    for masks in outlined:
        ink, outline = np.asarray(masks.ink, int), np.asarray(masks.outline, int)
        assert outline.sum() > ink.sum()
        assert (outline >= ink - 2).all()


def test_background_and_ink_differ_in_luma():
    rng = np.random.default_rng(0)
    for _ in range(200):
        background, ink = degradations._draw_colors(rng)
        assert abs((background - ink) @ (0.299, 0.587, 0.114)) > degradations.MIN_LUMA_DIFFERENCE


def test_streets_have_many_typefaces_in_a_fixed_order():
    (typefaces,) = street_families()
    assert len(typefaces) > 50
    assert len(set(typefaces)) == len(typefaces)
    street_families.cache_clear()
    assert street_families() == (typefaces,)


@needs_letters
def test_signs_have_many_families_in_a_fixed_order():
    families = sign_families()
    assert len(families) > 100
    assert len({typeface for family in families for typeface in family}) == sum(map(len, families))
    sign_families.cache_clear()
    assert sign_families() == families


def test_a_family_that_is_not_installed_is_named():
    with pytest.raises(UserError, match="package fontpkg-nowhere with its fonts is missing; run `make letters`"):
        fonts._font_files("fontpkg_nowhere")


def test_all_families_are_dependencies_of_the_project():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    dependencies = [*project["dependencies"], *project["optional-dependencies"]["letters"]]
    packages = [*fonts.PACKAGES, *(f"fontpkg_{name}" for name in fonts.SIGN_FAMILIES)]
    assert [name for name in packages if name.replace("_", "-") not in dependencies] == []


def test_families_are_equally_likely_whatever_their_size():
    rng = np.random.default_rng(0)
    chosen = [glyphs._choose_typeface((("a",), ("b", "c")), rng) for _ in range(4000)]
    assert abs(chosen.count("a") / 4000 - 0.5) < 4 * math.sqrt(0.25 / 4000)
    assert set(chosen) == {"a", "b", "c"}


@needs_letters
def test_a_variable_font_is_drawn_in_its_typefaces_weight():
    (family,) = (family for family in sign_families() if "/Oswald" in family[0].path)
    light, middle, bold = (np.asarray(load_font(typeface, 40).getmask("H"), int).sum() for typeface in family)
    assert light < middle < bold


@pytest.mark.parametrize("families", [street_families, pytest.param(sign_families, marks=needs_letters)])
def test_every_typeface_has_all_62_characters(families):
    for typeface in {typeface for family in families() for typeface in family}:
        font = load_font(typeface, 20)
        missing = bytes(font.getmask("\U0010ffff"))
        masks = {character: bytes(font.getmask(character)) for character in glyphs.CLASSES}
        assert not [character for character, mask in masks.items() if not mask.strip(b"\0") or mask == missing]


@needs_letters
def test_in_every_family_capitals_are_higher_than_lower_case():
    for typeface, *_ in sign_families():
        font = load_font(typeface, 40)
        tops = {character: font.getbbox(character, anchor="ls")[1] for character in "AaEeNnRrCcOo"}
        assert sum(tops[character] < 0.95 * tops[character.lower()] for character in "AENRCO") >= 4, typeface

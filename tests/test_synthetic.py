import csv
import io
import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from letterpress.configuration.data import DatasetConfig, SyntheticConfig
from letterpress.datasets.archive import Archive
from letterpress.datasets.formats.labels_csv import read
from letterpress.infrastructure.errors import UserError
from letterpress.sources.synthetic import degradations as photograph
from letterpress.sources.synthetic import fonts
from letterpress.sources.synthetic import glyphs as lettering
from letterpress.sources.synthetic.fetch import fetch
from letterpress.sources.synthetic.fonts import font, sign_families, street_families
from tests.archives import dates


def rendered(folder, train_images=6, test_images=3, seed=0):
    size = SyntheticConfig(train_images, test_images, seed)
    dataset = DatasetConfig("letters", "synthetic", "labels-csv", None, None, None, None, synthetic=size)
    path = folder / f"{train_images}-{test_images}-{seed}.zip"
    fetch(dataset, path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return rendered(tmp_path_factory.mktemp("synthetic"))


def test_the_archive_has_the_layout_of_first_steps_with_julia(path):
    raw = read(Archive(path))
    assert raw.train.ids == ["1", "2", "3", "4", "5", "6"]
    assert raw.train.pictures[0] == "train.zip/train/1.jpg"
    assert raw.test.ids == ["7", "8", "9"]
    assert raw.test.pictures[0] == "test.zip/test/7.jpg"
    rows = list(csv.reader(io.StringIO(raw.sample_submission.decode())))
    assert rows == [["ID", "Class"], ["7", "A"], ["8", "A"], ["9", "A"]]


def test_the_true_labels_of_the_test_images_are_known(path):
    raw = read(Archive(path))
    expected = [photograph.photograph((0, i))[0] for i in range(9)]
    assert raw.train.labels + raw.test.labels == expected


def test_the_pictures_are_small_colour_photographs(path):
    archive = Archive(path)
    for name in read(archive).train.pictures:
        picture = Picture.open(io.BytesIO(archive.read(name)))
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert min(picture.size) >= 8
        assert np.ptp(np.asarray(picture.convert("L"))) > 20


def test_the_same_parameters_give_the_same_bytes(path, tmp_path):
    assert rendered(tmp_path).read_bytes() == path.read_bytes()
    assert dates(path) == {(1980, 1, 1, 0, 0, 0)}


def test_another_seed_gives_other_pictures(path, tmp_path):
    other = rendered(tmp_path, seed=1)
    name = "train.zip/train/1.jpg"
    assert Archive(other).read(name) != Archive(path).read(name)


def test_the_first_pictures_stay_the_same_when_more_are_wanted(path, tmp_path):
    fewer, more = Archive(rendered(tmp_path, train_images=4, test_images=0)), Archive(path)
    for name in read(fewer).train.pictures:
        assert fewer.read(name) == more.read(name)


def test_there_may_be_no_test_images(tmp_path):
    raw = read(Archive(rendered(tmp_path, train_images=2, test_images=0)))
    assert len(raw.train) == 2
    assert (raw.test.ids, raw.test.labels, raw.sample_submission) == ([], [], b"ID,Class\n")


def test_labels_are_drawn_by_the_share_of_their_kind():
    rng = np.random.default_rng(0)
    labels = [lettering.choose_label(rng, lettering.CLASSES) for _ in range(4000)]
    assert set(labels) == set(lettering.CLASSES)
    for kind, share in zip((lettering.DIGITS, lettering.UPPER, lettering.LOWER), lettering.KIND_SHARES, strict=True):
        assert abs(sum(label in kind for label in labels) / 4000 - share) < 4 * math.sqrt(share * (1 - share) / 4000)


def test_there_are_62_classes():
    assert len(set(lettering.CLASSES)) == len(lettering.CLASSES) == 62


def test_neighbours_of_a_digit_are_digits():
    rng = np.random.default_rng(0)
    drawn = [lettering._neighbours("7", rng) for _ in range(200)]
    assert {character for pair in drawn for character in "".join(pair)} == set(lettering.DIGITS)
    assert any(pair == ("", "") for pair in drawn)


def test_every_mask_shows_ink():
    rng = np.random.default_rng(0)
    for label in lettering.CLASSES:
        masks = lettering.draw_masks(label, rng)
        ink = np.asarray(masks.ink)
        assert min(masks.ink.size) >= 8
        assert ink.max() > 200
        assert masks.outline.size == masks.ink.size


def test_an_outline_covers_the_ink_and_more():
    rng = np.random.default_rng(0)
    outlined = [masks for label in lettering.CLASSES if (masks := lettering.draw_masks(label, rng)).outlined]
    assert outlined
    for masks in outlined:
        ink, outline = np.asarray(masks.ink, int), np.asarray(masks.outline, int)
        assert outline.sum() > ink.sum()
        assert (outline >= ink - 2).all()


def test_letter_and_ground_can_be_told_apart():
    rng = np.random.default_rng(0)
    for _ in range(200):
        ground, ink = photograph._colours(rng)
        assert abs((ground - ink) @ (0.299, 0.587, 0.114)) > photograph.LEAST_CONTRAST


def test_street_letters_have_many_faces_in_a_fixed_order():
    (faces,) = street_families()
    assert len(faces) > 50
    assert len(set(faces)) == len(faces)
    street_families.cache_clear()
    assert street_families() == (faces,)


def test_signs_have_many_families_in_a_fixed_order():
    families = sign_families()
    assert len(families) > 100
    assert len({face for family in families for face in family}) == sum(map(len, families))
    sign_families.cache_clear()
    assert sign_families() == families


def test_a_family_that_is_not_installed_is_named():
    with pytest.raises(UserError, match="package fontpkg-nowhere with its fonts is not installed; run `make setup`"):
        fonts._files("fontpkg_nowhere")


def test_all_families_are_dependencies_of_the_project():
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]["dependencies"]
    wanted = [*fonts.PACKAGES, *(f"fontpkg_{name}" for name in fonts.SIGNS)]
    assert [name for name in wanted if name.replace("_", "-") not in project] == []


def test_every_family_is_as_likely_whatever_the_number_of_its_faces():
    rng = np.random.default_rng(0)
    chosen = [lettering._choose_face((("a",), ("b", "c")), rng) for _ in range(4000)]
    assert abs(chosen.count("a") / 4000 - 0.5) < 4 * math.sqrt(0.25 / 4000)
    assert set(chosen) == {"a", "b", "c"}


def test_a_variable_font_is_set_in_the_weight_of_its_face():
    (family,) = ([*family] for family in sign_families() if "/Oswald" in family[0].path)
    light, middle, bold = (np.asarray(font(face, 40).getmask("H"), int).sum() for face in family)
    assert light < middle < bold


def test_every_face_draws_all_62_characters():
    for face in {face for family in (*street_families(), *sign_families()) for face in family}:
        pen = font(face, 20)
        missing = bytes(pen.getmask("\U0010ffff"))
        blank = [c for c in lettering.CLASSES if not (mask := bytes(pen.getmask(c))).strip(b"\0") or mask == missing]
        assert not blank, face


def test_every_family_tells_capitals_from_small_letters():
    for face, *_ in sign_families():
        pen = font(face, 40)
        heights = {c: pen.getbbox(c, anchor="ls")[1] for c in "AaEeNnRrCcOo"}
        assert sum(heights[c] < 0.95 * heights[c.lower()] for c in "AENRCO") >= 4, face

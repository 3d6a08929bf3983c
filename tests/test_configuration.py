import copy
import math
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from letterpress.configuration.data import DatasetConfig, ImageConfig, SplitConfig
from letterpress.configuration.ensemble import ContextConfig, MemberConfig
from letterpress.configuration.loader import build, load
from letterpress.configuration.params import load_params
from letterpress.configuration.project import BaselineConfig, ClusterConfig
from letterpress.configuration.training import (
    AdamConfig,
    AugmentationConfig,
    OneCycleConfig,
    PretrainedNetworkConfig,
    ReduceOnPlateauConfig,
    SvcConfig,
    TrainConfig,
)
from letterpress.infrastructure import projects as recipes
from letterpress.infrastructure.errors import UserError

WHOLE = yaml.safe_load("""
published: null
dataset:
  name: letters
  source: synthetic
  layout: labels-csv
  sha256: null
  kaggle: null
  path: null
  classes: null
  synthetic: {train_images: 10, test_images: 5, seed: 0}
image: {height: 32, width: 24, preserve_aspect_ratio: false, negative: false, contrast: false}
split: {seed: 0, holdout: 0.1, validation: 0.2}
aug:
  rotation: 10
  shear: 5
  shear_axis: x
  shift: 0.1
  zoom: 0.1
  brightness: 0
  invert: 0.5
  fill: nearest
train:
  precision: auto
  standardize: false
  batch: 32
  label_smoothing: 0
  best: null
  initial_weights: null
  phases:
    - epochs: 1
      steps: null
      augment: true
      weight_decay: 0
      ema: 0
      optimizer: {name: adam, learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8}
      schedule: null
  head: null
pretrain: {letters: 0, seed: 0, rehearsal: 0, aug: null, train: null, networks: {vgg_bn: null, stem_vgg_bn: null}}
predict:
  batch: 64
  views: [{rotation: 0, zoom: 1, translation_x: 0, translation_y: 0, invert: false}]
ensemble:
  method: mean
  weights: null
  members:
    m0: {net: vgg_bn, seed: 0, options: {width: 8, dense: 16, dropout: 0.3}}
    m1: {net: stem_vgg_bn, seed: 1, options: {width: 8, dense: 16, dropout: 0.3}}
context: null
cluster: null
gate: {strict: true, tolerance: 0.01, floor: 0.5}
""")

GONE = object()
HEAD = {"name": "svc", "c": [1, "1e-1"], "gamma": [0.5], "folds": 3, "by_group": True, "validation": False}
PUBLISHED = {
    "accuracy": {"all": 0.9},
    "of": "ensemble",
    "evaluated_on": "a test split",
    "compute": None,
    "source": "somebody",
    "reduced": None,
}
PLATEAU = {"name": "plateau", "monitor": "loss", "factor": 0.5, "patience": 2, "min_lr": 0}


def changed(changes):
    """WHOLE with the values under dotted keys changed, or gone."""
    content = copy.deepcopy(WHOLE)
    for key, value in changes.items():
        *path, last = [int(part) if part.isdecimal() else part for part in key.split(".")]
        section = content
        for part in path:
            section = section[part]
        if value is GONE:
            del section[last]
        else:
            section[last] = value
    return content


def write(folder, changes):
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(changed(changes)), encoding="utf-8")
    return path


def refuse(folder, changes, text):
    """load_params() refuses WHOLE with the changes, with exactly this text after the file's name."""
    path = write(folder, changes)
    with pytest.raises(UserError, match=f"^{re.escape(f'{path}: {text}')}$"):
        load_params(path)


def test_every_section_is_read_as_written(tmp_path):
    params = load_params(write(tmp_path, {}))
    assert params.image == ImageConfig(
        height=32, width=24, preserve_aspect_ratio=False, invert=False, pca_channel=False
    )
    assert params.split == SplitConfig(seed=0, holdout=0.1, validation=0.2)
    assert params.ensemble.members["m1"] == MemberConfig("stem_vgg_bn", 1, {"width": 8, "dense": 16, "dropout": 0.3})
    assert len(params.predict.tta) == 1


def test_params_cannot_be_changed_after_loading(tmp_path):
    image = load(ImageConfig, "image", write(tmp_path, {}))
    with pytest.raises(AttributeError, match="cannot assign"):
        image.height = 5


def test_a_stage_reads_its_section_even_where_another_is_wrong(tmp_path):
    path = write(tmp_path, {"train": GONE})
    assert load(SplitConfig, "split", path).validation == 0.2


def test_a_single_member_is_read_by_its_dotted_key(tmp_path):
    path = write(tmp_path, {})
    assert load(MemberConfig, "ensemble.members.m1", path).seed == 1
    assert list(load(dict[str, MemberConfig], "ensemble.members", path)) == ["m0", "m1"]


def test_1e_3_is_read_as_a_number(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("split: {seed: 0, holdout: 1e-3, validation: 2.5e-1}\n")
    assert yaml.safe_load("1e-3") == "1e-3"  # what YAML 1.1 makes of it
    assert load(SplitConfig, "split", path) == SplitConfig(seed=0, holdout=0.001, validation=0.25)


def test_the_optimizer_is_told_by_its_name(tmp_path):
    phase = load(TrainConfig, "train", write(tmp_path, {})).phases[0]
    assert phase.optimizer == AdamConfig("adam", learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (None, None),
        ({"name": "one-cycle", "pct_start": 0.25}, OneCycleConfig("one-cycle", 0.25)),
        (PLATEAU, ReduceOnPlateauConfig("plateau", "loss", 0.5, 2, 0.0)),
    ],
)
def test_the_schedule_is_told_by_its_name_or_null(tmp_path, schedule, expected):
    path = write(tmp_path, {"train.phases.0.schedule": schedule})
    assert load(TrainConfig, "train", path).phases[0].schedule == expected


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"image.heigth": 5},
            "image.heigth is not a parameter; known here: height, width, preserve_aspect_ratio, negative, contrast.",
        ),
        (
            {"extra": 5},
            "extra is not a parameter; known here: published, dataset, image, split, aug, train, "
            "pretrain, predict, ensemble, context, cluster, gate.",
        ),
        (
            {"train.phases.0.optimizer.momentum": 0.9},
            "train.phases.0.optimizer.momentum is not a parameter; "
            "known here: name, learning_rate, beta_1, beta_2, epsilon.",
        ),
    ],
)
def test_an_unknown_key_is_refused_by_its_path(tmp_path, changes, text):
    refuse(tmp_path, changes, text)


@pytest.mark.parametrize("key", ["gate", "image.width", "train.phases.0.ema", "ensemble.members.m1.seed"])
def test_a_missing_key_is_refused_by_its_path(tmp_path, key):
    refuse(tmp_path, {key: GONE}, f"{key} is missing; add it.")


def test_a_stage_names_the_missing_key_that_it_asked_for(tmp_path):
    path = write(tmp_path, {})
    with pytest.raises(UserError, match=r"params\.yaml: ensemble\.members\.m7 is missing; add it\.$"):
        load(MemberConfig, "ensemble.members.m7", path)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("image.height", 32.0, "expected a whole number, received 32.0."),
        ("image.height", "32", "expected a whole number, received '32'."),
        ("image.height", True, "expected a whole number, received True."),
        ("image.height", None, "expected a whole number, received None."),
        ("image.invert", 0, "expected true or false, received 0."),
        ("image.invert", "no", "expected true or false, received 'no'."),
        ("split.holdout", True, "expected a number, received True."),
        ("split.holdout", "a tenth", "expected a number, received 'a tenth'."),
        ("split.holdout", math.nan, "expected a number, received nan."),
        ("split.holdout", "inf", "expected a number, received 'inf'."),
        ("split.holdout", [0.1], "expected a number, received [0.1]."),
        ("split.holdout", 10**400, f"expected a number, received 1{'0' * 400}."),
        ("dataset.name", 7, "expected a text, received 7."),
        ("dataset.source", "web", "expected one of synthetic, kaggle, local, received 'web'."),
        ("aug.fill_mode", False, "expected one of nearest, constant, reflect, wrap, received False."),
        ("aug.shear_axis", "z", "expected one of x, y, received 'z'."),
        ("train.per_pixel_standardize", None, "expected true or false, received None."),
        ("dataset.classes", 7, "expected a text, received 7."),
        ("split", 0.1, "expected a mapping, received 0.1."),
        ("predict.tta", {"zoom": 1}, "expected a list, received {'zoom': 1}."),
        ("ensemble.members", ["m0"], "expected a mapping with names as keys, received ['m0']."),
        ("ensemble.members", {0: None}, "expected a mapping with names as keys, received {0: None}."),
    ],
)
def test_a_wrong_type_is_refused(tmp_path, key, value, text):
    refuse(tmp_path, {key: value}, f"{key}: {text}")


@pytest.mark.parametrize("name", ["adem", None, ["adam"], {"a": 1}])
def test_an_unknown_optimizer_is_refused(tmp_path, name):
    refuse(
        tmp_path,
        {"train.phases.0.optimizer.name": name},
        f"train.phases.0.optimizer.name: expected one of sgd, adam, adamax, adadelta, rmsprop, received {name!r}.",
    )


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("image.height", 3, "expected a number between 4 and 1024, received 3."),
        ("image.height", 1025, "expected a number between 4 and 1024, received 1025."),
        ("split.holdout", -0.1, "expected a number between 0 and 0.9, received -0.1."),
        ("split.holdout", "91e-2", "expected a number between 0 and 0.9, received 0.91."),
        ("train.batch_size", 0, "expected a number at least 1, received 0."),
        ("train.phases.0.steps", 0, "expected a number at least 1, received 0."),
        ("predict.tta.0.zoom", 0, "expected a number between 0.1 and 10, received 0.0."),
    ],
)
def test_a_number_out_of_range_is_refused(tmp_path, key, value, text):
    refuse(tmp_path, {key: value}, f"{key}: {text}")


def test_the_bounds_themselves_are_in_range(tmp_path):
    image = load_params(write(tmp_path, {"image.height": 4, "image.width": 1024})).image
    assert (image.height, image.width) == (4, 1024)


@given(st.floats(min_value=0, max_value=180))
def test_a_number_in_range_is_read_exactly_as_number_and_as_text(value):
    section = WHOLE["aug"]
    assert build(AugmentationConfig, section | {"rotation": value}, "aug").rotation == value
    assert build(AugmentationConfig, section | {"rotation": repr(value)}, "aug").rotation == value


@given(st.one_of(st.floats(), st.integers(), st.text()).filter(lambda value: not _in_range(value, 0, 180)))
def test_whatever_is_no_number_in_range_is_refused(value):
    with pytest.raises(UserError, match=r"params\.yaml: aug\.rotation: expected a number"):
        build(AugmentationConfig, WHOLE["aug"] | {"rotation": value}, "aug")


def _in_range(value, low, high):
    try:
        return low <= float(value) <= high
    except (ValueError, OverflowError):
        return False


@given(st.integers(0, 2**32 - 1))
def test_every_seed_that_numpy_takes_is_read_exactly(value):
    assert build(SplitConfig, WHOLE["split"] | {"seed": value}, "split").seed == value


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"dataset.source": "kaggle"}, "dataset: kaggle is null, but the source kaggle needs it."),
        ({"dataset.source": "local"}, "dataset: path is null, but the source local needs it."),
        ({"dataset.synthetic": None}, "dataset: synthetic is null, but the source synthetic needs it."),
        (
            {"dataset.kaggle": "digit-recognizer"},
            "dataset: kaggle: expected competitions/NAME or datasets/OWNER/NAME, received 'digit-recognizer'.",
        ),
        (
            {"dataset.name": "../letters"},
            "dataset: name: expected letters, digits, '.', '-' and '_', received '../letters'.",
        ),
        (
            {"dataset.name": ".hidden"},
            "dataset: name: expected letters, digits, '.', '-' and '_', received '.hidden'.",
        ),
        (
            {"dataset.sha256": "abc"},
            "dataset: sha256: expected 64 hexadecimal digits or null, received 'abc'.",
        ),
        ({"train.phases": []}, "train: phases is empty; give at least one, or a head."),
        ({"predict.tta": []}, "predict: views is empty; give at least the unchanged image."),
        ({"ensemble.members": {}}, "ensemble: members is empty; give at least one."),
        (
            {"ensemble.members.a b": WHOLE["ensemble"]["members"]["m0"]},
            "ensemble: members: expected letters, digits, '-' and '_' as keys, received 'a b'.",
        ),
        (
            {"ensemble.method": "weights"},
            "ensemble: weights: expected a number for each member with the method weights, else null.",
        ),
        (
            {"ensemble.weights": {"m0": 1, "m1": 1}},
            "ensemble: weights: expected a number for each member with the method weights, else null.",
        ),
        (
            {"ensemble.method": "weights", "ensemble.weights": {"m0": 1, "m2": 1}},
            "ensemble: weights: expected exactly the keys of ensemble.members.",
        ),
        (
            {"ensemble.method": "weights", "ensemble.weights": {"m0": 1, "m1": -1}},
            "ensemble: weights: expected no negative number and a positive sum.",
        ),
        (
            {"ensemble.method": "weights", "ensemble.weights": {"m0": 0, "m1": 0}},
            "ensemble: weights: expected no negative number and a positive sum.",
        ),
        (
            {"split.validation": 0, "train.monitor": "accuracy"},
            "split.validation is 0, but train.monitor or a plateau needs validation images.",
        ),
        (
            {"split.validation": 0, "train.phases.0.schedule": PLATEAU},
            "split.validation is 0, but train.monitor or a plateau needs validation images.",
        ),
        (
            {"split.holdout": 0, "train.head": HEAD | {"validation": True}},
            "train.head.fit_on_validation is true, but split.holdout is 0: no image is left unseen.",
        ),
    ],
)
def test_an_impossible_combination_is_refused(tmp_path, changes, text):
    refuse(tmp_path, changes, text)


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset.source": "kaggle", "dataset.kaggle": "competitions/first-steps-with-julia"},
        {"dataset.source": "kaggle", "dataset.kaggle": "datasets/someone/a-set", "dataset.synthetic": None},
        {"dataset.source": "local", "dataset.path": "~/letters"},
        {"dataset.sha256": "0123456789abcdef" * 4},
        {"ensemble.method": "weights", "ensemble.weights": {"m0": 0, "m1": "1e-1"}},
        {"split.validation": 0},
        {"split.validation": 0.1, "train.monitor": "loss", "train.phases.0.schedule": PLATEAU},
        {"train.phases.0.steps": 100},
        {"dataset.classes": "numerals/*"},
        {"baseline": PUBLISHED},
        {"train.head": HEAD},
        {"train.head": HEAD, "train.phases": []},
        {"train.head": HEAD, "split.holdout": 0},
        {"train.head": HEAD | {"validation": True}, "split.validation": 0},
    ],
)
def test_a_possible_combination_is_accepted(tmp_path, changes):
    assert load_params(write(tmp_path, changes)).gate.min_accuracy == 0.5


@pytest.mark.parametrize("head", [None, HEAD])
def test_the_head_is_the_networks_own_layer_or_machines(tmp_path, head):
    expected = head and SvcConfig("svc", c=(1.0, 0.1), gamma=(0.5,), folds=3, by_group=True, validation=False)
    assert load(TrainConfig, "train", write(tmp_path, {"train.head": head})).head == expected


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ({}, "head.name is missing; add it."),
        ("svc", "head: expected a mapping, received 'svc'."),
        (HEAD | {"name": "svm"}, "head.name: expected one of svc, received 'svm'."),
        (HEAD | {"kernel": "rbf"}, "head.kernel is not a parameter; known here: " + ", ".join(HEAD) + "."),
        (HEAD | {"c": []}, "head: c: expected one positive number or more."),
        (HEAD | {"c": [1, 0]}, "head: c: expected one positive number or more."),
        (HEAD | {"c": 1}, "head.c: expected a list, received 1."),
        (HEAD | {"c": [1, True]}, "head.c.1: expected a number, received True."),
        (HEAD | {"gamma": []}, "head: gamma: expected one positive number or more."),
        (HEAD | {"gamma": ["-1e-9"]}, "head: gamma: expected one positive number or more."),
        (HEAD | {"gamma": ["scale"]}, "head.gamma.0: expected a number, received 'scale'."),
        (HEAD | {"folds": 1}, "head.folds: expected a number at least 2, received 1."),
        (HEAD | {"folds": 2.5}, "head.folds: expected a whole number, received 2.5."),
        (HEAD | {"by_group": None}, "head.by_group: expected true or false, received None."),
        (HEAD | {"validation": "no"}, "head.fit_on_validation: expected true or false, received 'no'."),
    ],
)
def test_a_wrong_head_is_refused(tmp_path, head, text):
    refuse(tmp_path, {"train.head": head}, f"train.{text}")


@pytest.mark.parametrize("baseline", [None, PUBLISHED])
def test_what_was_published_is_read_as_written_or_null(tmp_path, published):
    assert load_params(write(tmp_path, {"baseline": published})).published == (
        published and BaselineConfig(**PUBLISHED)
    )


FRACTIONS = ": accuracy: expected fractions of 1 under `all`, or under the groups' names."


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("accuracy", {}, FRACTIONS),
        ("accuracy", {"all": 0}, FRACTIONS),
        ("accuracy", {"numerals": 1, "vowels": 97}, FRACTIONS),
        ("accuracy", {"all": "97 %"}, ".accuracy.all: expected a number, received '97 %'."),
        ("accuracy", 0.97, ".accuracy: expected a mapping with names as keys, received 0.97."),
        ("of", "all", ".of: expected one of member, ensemble, received 'all'."),
        ("source", None, ".source: expected a text, received None."),
        ("compute", 36, ".compute: expected a text, received 36."),
    ],
)
def test_a_wrong_figure_of_others_is_refused(tmp_path, key, value, text):
    refuse(tmp_path, {"baseline": PUBLISHED | {key: value}}, f"published{text}")


def test_a_pattern_of_classes_in_brackets_wants_quotes(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(WHOLE).replace("classes: null", "classes: [0-9]"))
    with pytest.raises(UserError, match=r"dataset\.classes: expected a text, received \['0-9'\]\.$"):
        load_params(path)
    path.write_text(yaml.safe_dump(WHOLE).replace("classes: null", "classes: '[0-9]'"))
    assert load_params(path).dataset.classes == "[0-9]"


@pytest.mark.parametrize("axis", ["x", "y"])
def test_the_axis_of_the_shear_is_a_bare_letter(tmp_path, axis):
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(WHOLE).replace("shear_axis: x", f"shear_axis: {axis}"))
    assert load_params(path).aug.shear_axis == axis  # no boolean, as YAML 1.1 has y


@pytest.mark.parametrize("folder", recipes.folders(), ids=recipes.name_of)
def test_every_recipe_is_accepted(folder):
    assert load_params(folder / "params.yaml").ensemble.members


def test_an_unknown_network_is_refused_with_the_known_ones(tmp_path):
    path = write(tmp_path, {"ensemble.members.m1.net": "vgg_bm"})
    expected = r"ensemble\.members\.m1\.net: expected one of .*stem_vgg_bn.*, received 'vgg_bm'\.$"
    with pytest.raises(UserError, match=expected):
        load_params(path)


@pytest.mark.parametrize(
    ("options", "received"),
    [
        ({"width": 8, "dense": 16, "drop": 0.3}, "dense, drop, width"),
        ({"width": 8, "dense": 16}, "dense, width"),
        ({"width": 8, "dense": 16, "dropout": 0.3, "depth": 3}, "dense, depth, dropout, width"),
        ({}, "none"),
    ],
)
def test_options_that_are_not_the_networks_own_are_refused(tmp_path, options, received):
    refuse(
        tmp_path,
        {"ensemble.members.m0.options": options},
        f"ensemble.members.m0.options: expected exactly dense, dropout, width, received {received}.",
    )


def test_a_missing_file_is_named_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"params\.yaml: cannot be read \(No such file or directory\); run this in"):
        load(DatasetConfig, "dataset", tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"split: {seed: 0", r"is not valid YAML in line 1 \(expected"),
        (b"name: caf\xe9\n", r"is not valid YAML \('utf-8' codec can't decode byte 0xe9"),
        (b"", r"expected a mapping of sections, received None\.$"),
        (b"- split\n", r"expected a mapping of sections, received \['split'\]\.$"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, content, text):
    path = tmp_path / "params.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match=rf"params\.yaml: {text}"):
        load(DatasetConfig, "dataset", path)


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("width", "wide", "expected a number, received 'wide'"),
        ("width", 8.5, "expected a whole number, received 8.5"),
        ("dropout", True, "expected a number, received True"),
    ],
)
def test_an_option_of_a_wrong_type_is_refused_by_its_path(tmp_path, option, value, text):
    refuse(
        tmp_path, {f"ensemble.members.m0.options.{option}": value}, f"ensemble.members.m0.options.{option}: {text}."
    )


def test_an_option_is_read_as_a_number(tmp_path):
    path = write(tmp_path, {"ensemble.members.m0.options.dropout": "1e-3"})
    assert load_params(path).ensemble.members["m0"].options["dropout"] == 0.001


OPTIONS = {"width": 8, "dense": 16, "dropout": 0.3}
PRETRAINED = {
    "pretrain.n_images": 100,
    "pretrain.aug": WHOLE["aug"],
    "pretrain.train": WHOLE["train"],
    "pretrain.networks.vgg_bn": {"seed": 7, "kwargs": OPTIONS},
}


def test_a_network_that_learns_letters_first_is_read(tmp_path):
    pretrain = load_params(write(tmp_path, PRETRAINED)).pretrain
    assert pretrain.networks == {"vgg_bn": PretrainedNetworkConfig(7, OPTIONS), "stem_vgg_bn": None}
    assert (pretrain.n_images, pretrain.aug.rotation, pretrain.train.batch_size) == (100, 10, 32)


@pytest.mark.parametrize("key", ["letters", "aug", "train"])
def test_pre_training_needs_letters_and_its_sections(tmp_path, key):
    missing = {f"pretrain.{key}": 0 if key == "letters" else None}
    text = "pretrain: networks to pre-train need letters above 0, and the sections aug and train."
    refuse(tmp_path, PRETRAINED | missing, text)


def test_rehearsal_needs_letters(tmp_path):
    assert load_params(write(tmp_path, PRETRAINED | {"pretrain.rehearsal": 0.5})).pretrain.rehearsal == 0.5
    refuse(tmp_path, {"pretrain.rehearsal": 0.5}, "pretrain: rehearsal needs letters above 0.")


def test_every_net_among_the_members_has_its_entry(tmp_path):
    text = "pretrain.networks: expected exactly the nets of the members, stem_vgg_bn, vgg_bn, received vgg_bn."
    refuse(tmp_path, {"pretrain.networks": {"vgg_bn": None}}, text)


def test_members_have_the_options_of_the_network_they_start_from(tmp_path):
    changes = PRETRAINED | {"ensemble.members.m0.options.width": 9}
    refuse(tmp_path, changes, "ensemble.members.m0: expected the options of pretrain.networks.vgg_bn.")


def test_there_is_one_start_only(tmp_path):
    text = "train.initial_weights: expected null beside pretrain.networks, which are the start."
    refuse(tmp_path, PRETRAINED | {"train.initial_weights": "w.weights.h5"}, text)


@pytest.mark.parametrize(
    "change", [{"per_pixel_standardize": True}, {"head": HEAD}, {"initial_weights": "w.weights.h5"}]
)
def test_what_learns_first_hands_on_its_weights_alone(tmp_path, change):
    changes = PRETRAINED | {"pretrain.train": WHOLE["train"] | change, "aug.invert": 0}
    text = "pretrain.train: weights alone are handed on, and start at random: set standardize to false, head and"
    refuse(tmp_path, changes, f"{text} initial_weights to null.")


def test_the_best_epoch_of_pre_training_needs_a_letter_for_validation(tmp_path):
    changes = PRETRAINED | {"pretrain.train": WHOLE["train"] | {"best": "accuracy"}, "pretrain.n_images": 19}
    text = "pretrain.n_images: with pretrain.train.monitor or a plateau at least 20 are needed, received 19."
    refuse(tmp_path, changes, text)
    assert load_params(write(tmp_path, changes | {"pretrain.n_images": 20})).pretrain.n_images == 20


SIBLINGS = {"n_neighbors": 60, "folds": 5, "n_photos": 2000}


def test_context_is_a_section_or_nothing(tmp_path):
    assert load_params(write(tmp_path, {})).context is None
    assert load_params(write(tmp_path, {"context": SIBLINGS})).context == ContextConfig(60, 5, 2000)


@pytest.mark.parametrize(
    "changes",
    [
        {"split.validation": 0, "train.monitor": None},
        {"train.head": HEAD | {"validation": True}, "split.holdout": 0.1},
    ],
)
def test_context_learns_from_unseen_validation_images(tmp_path, changes):
    text = "context learns from validation images that no member learned from: set split.validation above 0, and "
    refuse(tmp_path, changes | {"context": SIBLINGS}, f"{text}train.head.fit_on_validation to false.")


@pytest.mark.parametrize(("key", "least"), [("siblings", 1), ("folds", 2), ("photographs", 2)])
def test_context_needs_enough_of_each(tmp_path, key, least):
    text = f"context.{key}: expected a number at least {least}, received {least - 1}."
    refuse(tmp_path, {"context": SIBLINGS | {key: least - 1}}, text)


def test_a_cluster_is_a_section_or_nothing(tmp_path):
    assert load_params(write(tmp_path, {})).cluster is None
    section = {"address": "auto", "cpus": 2, "gpus": 0.25}
    assert load_params(write(tmp_path, {"cluster": section})).cluster == ClusterConfig("auto", 2, 0.25)


@pytest.mark.parametrize("key", ["cpus", "gpus"])
def test_a_member_takes_no_less_than_nothing_of_a_node(tmp_path, key):
    section = {"address": "auto", "cpus": 2, "gpus": 0} | {key: -1}
    refuse(tmp_path, {"cluster": section}, f"cluster.{key}: expected a number at least 0, received -1.0.")

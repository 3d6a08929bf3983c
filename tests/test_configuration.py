import copy
import dataclasses
import math
import re
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from letterpress.configuration import renamed, schema
from letterpress.configuration.data import ImageConfig, SplitConfig
from letterpress.configuration.ensemble import ContextConfig, MemberConfig, ViewConfig
from letterpress.configuration.loader import load_section, read_yaml, validate_section
from letterpress.configuration.params import load_params
from letterpress.configuration.project import BaselineConfig, ClusterConfig
from letterpress.configuration.training import (
    AdamConfig,
    AugmentationConfig,
    OneCycleConfig,
    PretrainedNetworkConfig,
    ReduceOnPlateauConfig,
    SvcConfig,
)
from letterpress.infrastructure import projects
from letterpress.infrastructure.errors import UserError

PARAMS = yaml.safe_load("""
baseline: null
dataset:
  name: letters
  source: synthetic
  layout: labels-csv
  sha256: null
  kaggle: null
  path: null
  classes: null
  synthetic: {train_images: 10, test_images: 5, seed: 0}
image: {height: 32, width: 24, preserve_aspect_ratio: false, invert: false, pca_channel: false}
split: {seed: 0, holdout: 0.1, validation: 0.2}
aug:
  rotation: 10
  shear: 5
  shear_axis: x
  translation: 0.1
  zoom: 0.1
  brightness: 0
  invert: 0.5
  fill_mode: nearest
train:
  precision: auto
  per_pixel_standardize: false
  batch_size: 32
  label_smoothing: 0
  monitor: null
  phases:
    - epochs: 1
      steps_per_epoch: null
      augment: true
      weight_decay: 0
      ema_decay: 0
      optimizer: {name: adam, learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8}
      schedule: null
  head: null
pretrain: {n_images: 0, seed: 0, rehearsal: 0, aug: null, train: null, networks: {vgg_bn: null, stem_vgg_bn: null}}
predict: {tta: [{}, {zoom: 1.1, invert: true}]}
ensemble:
  method: mean
  weights: null
  members:
    m0: {network: vgg_bn, seed: 0, kwargs: {width: 8, dense: 16, dropout: 0.3}}
    m1: {network: stem_vgg_bn, seed: 1, kwargs: {width: 8, dense: 16, dropout: 0.3}}
context: null
cluster: null
gate: {strict: true, tolerance: 0.01, min_accuracy: 0.5}
""")
MISSING = object()
KWARGS = {"width": 8, "dense": 16, "dropout": 0.3}
PHASE, OPTIMIZER = "train.phases.0", "train.phases.0.optimizer"
HEAD = {"name": "svc", "c": [1, "1e-1"], "gamma": [0.5], "folds": 3, "by_group": True, "fit_on_validation": False}
FIT_ON_VALIDATION = HEAD | {"fit_on_validation": True}
PLATEAU = {"name": "plateau", "monitor": "loss", "factor": 0.5, "patience": 2, "min_lr": 0}
CONTEXT = {"n_neighbors": 60, "folds": 5, "n_photos": 2000}
BASELINE = {
    "accuracy": {"all": 0.9},
    "of": "ensemble",
    "evaluated_on": "a test split",
    "compute": None,
    "source": "author",
    "reduced": None,
}
PRETRAIN = {
    "pretrain.n_images": 100,
    "pretrain.aug": PARAMS["aug"],
    "pretrain.train": PARAMS["train"],
    "pretrain.networks.vgg_bn": {"seed": 7, "kwargs": KWARGS},
}


def write(folder, changes):
    """Write PARAMS with the values under dotted keys changed, or removed."""
    content = copy.deepcopy(PARAMS)
    for key, value in changes.items():
        *path, last = [int(part) if part.isdecimal() else part for part in key.split(".")]
        section = content
        for part in path:
            section = section[part]
        if value is MISSING:
            del section[last]
        else:
            section[last] = value
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def load(folder, changes):
    return load_params(write(folder, changes))


def errors(folder, changes):
    """Return the lines of load_params()'s error without the file's name."""
    path = write(folder, changes)
    with pytest.raises(UserError) as error:
        load_params(path)
    lines = str(error.value).split("\n")
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_every_section_is_read(tmp_path):
    params = load(tmp_path, {"baseline": BASELINE, "context": CONTEXT, "train.head": HEAD} | PRETRAIN)
    assert params.baseline == BaselineConfig(**BASELINE)
    assert params.image == ImageConfig(32, 24, preserve_aspect_ratio=False, invert=False, pca_channel=False)
    assert params.split == SplitConfig(seed=0, holdout=0.1, validation=0.2)
    assert params.train.phases[0].optimizer == AdamConfig("adam", 0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
    assert params.train.head == SvcConfig("svc", (1.0, 0.1), (0.5,), folds=3, by_group=True, fit_on_validation=False)
    assert params.pretrain.networks == {"vgg_bn": PretrainedNetworkConfig(7, KWARGS), "stem_vgg_bn": None}
    assert params.pretrain.train.batch_size == 32
    assert params.predict.tta == (ViewConfig(0, 1, False), ViewConfig(0, 1.1, True))
    assert params.ensemble.members["m1"] == MemberConfig("stem_vgg_bn", 1, KWARGS)
    assert params.context == ContextConfig(60, 5, 2000)


@pytest.mark.parametrize("folder", projects.folders(), ids=projects.name_of)
def test_every_recipe_is_valid(folder):
    params = load_params(folder / "params.yaml")
    assert params.ensemble.members
    schema_path = "params.schema.json" if folder == projects.ROOT else "../../params.schema.json"
    first_line = (folder / "params.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first_line == f"# yaml-language-server: $schema={schema_path}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ({"name": "one-cycle", "pct_start": 0.25}, OneCycleConfig("one-cycle", 0.25)),
        (PLATEAU, ReduceOnPlateauConfig("plateau", "loss", 0.5, 2, 0.0)),
    ],
)
def test_the_schedule_is_selected_by_its_name(tmp_path, value, expected):
    assert load(tmp_path, {f"{PHASE}.schedule": value}).train.phases[0].schedule == expected


def test_a_section_is_read_by_its_key_without_the_others(tmp_path):
    path = write(tmp_path, {"train": MISSING})
    assert load_section(SplitConfig, "split", path).validation == 0.2
    assert load_section(MemberConfig, "ensemble.members.m1", path).seed == 1
    assert load_section(ClusterConfig | None, "cluster", path) is None
    with pytest.raises(UserError, match=r"params\.yaml: ensemble\.members\.m7 is missing; add it\.$"):
        load_section(MemberConfig, "ensemble.members.m7", path)
    with pytest.raises(UserError, match=r"params\.yaml: split: expected a mapping, received 0\.1\.$"):
        load_section(SplitConfig, "split", write(tmp_path, {"split": 0.1}))


def test_sections_are_frozen_dataclasses(tmp_path):
    params = load(tmp_path, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        params.image.height = 5
    assert dataclasses.replace(params.image, height=5).height == 5
    assert dataclasses.asdict(params)["split"] == {"seed": 0, "holdout": 0.1, "validation": 0.2}


def test_1e_3_is_a_number_though_yaml_reads_it_as_text(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("split: {seed: 0, holdout: 1e-3, validation: 2.5e-1}\n")
    assert read_yaml(path)["split"]["holdout"] == "1e-3"
    assert load_section(SplitConfig, "split", path) == SplitConfig(seed=0, holdout=0.001, validation=0.25)


def test_numbers_of_kwargs_keep_their_type(tmp_path):
    kwargs = load(tmp_path, {"ensemble.members.m0.kwargs.dropout": "1e-3"}).ensemble.members["m0"].kwargs
    assert repr(kwargs) == "{'width': 8, 'dense': 16, 'dropout': 0.001}"


@given(st.floats(min_value=0, max_value=180))
def test_a_number_in_range_is_read_exactly_as_number_and_as_text(value):
    for written in (value, repr(value)):
        assert validate_section(AugmentationConfig, PARAMS["aug"] | {"rotation": written}, "aug").rotation == value


@given(st.one_of(st.floats(), st.integers(), st.text(), st.booleans()))
def test_a_rotation_outside_0_to_180_is_refused(value):
    try:
        valid = 0 <= float(value) <= 180 and not isinstance(value, bool)
    except (ValueError, OverflowError):
        valid = False
    if not valid:
        with pytest.raises(
            UserError, match=r"^params\.yaml: aug\.rotation: expected a number from 0 to 180, received"
        ):
            validate_section(AugmentationConfig, PARAMS["aug"] | {"rotation": value}, "aug")


@given(st.integers(0, 2**32 - 1))
def test_every_seed_of_numpy_is_read_exactly(value):
    assert validate_section(SplitConfig, PARAMS["split"] | {"seed": value}, "split").seed == value


WHOLE_NUMBER, NUMBER = "a whole number from 4 to 1024", "a number from 0 to 0.9"
FRACTION = "a number above 0 and at most 1"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("image.height", 32.0, WHOLE_NUMBER),
        ("image.height", "32", WHOLE_NUMBER),
        ("image.height", True, WHOLE_NUMBER),
        ("image.height", None, WHOLE_NUMBER),
        ("image.height", 3, WHOLE_NUMBER),
        ("image.width", 1025, WHOLE_NUMBER),
        ("image.invert", 0, "true or false"),
        ("image.invert", "no", "true or false"),
        ("split.holdout", True, NUMBER),
        ("split.holdout", "a tenth", NUMBER),
        ("split.holdout", math.nan, NUMBER),
        ("split.holdout", "inf", NUMBER),
        ("split.holdout", [0.1], NUMBER),
        ("split.holdout", 10**400, NUMBER),
        ("split.holdout", "91e-2", NUMBER),
        ("split", 0.1, "a mapping"),
        ("dataset.name", 7, "letters, digits, '.', '-' and '_'"),
        ("dataset.name", "../letters", "letters, digits, '.', '-' and '_'"),
        ("dataset.name", ".hidden", "letters, digits, '.', '-' and '_'"),
        ("dataset.sha256", "abc", "64 hexadecimal digits or null"),
        ("dataset.kaggle", "digit-recognizer", "competitions/NAME or datasets/OWNER/NAME or null"),
        ("dataset.classes", ["0-9"], "text that is not empty or null"),
        ("dataset.classes", "", "text that is not empty or null"),
        ("dataset.source", "web", "one of synthetic, kaggle, local"),
        ("aug.shear_axis", False, "one of x, y"),
        (f"{PHASE}.steps_per_epoch", 0, "a whole number of at least 1 or null"),
        (f"{OPTIMIZER}.learning_rate", "fast", "a number of at least 0"),
        (f"{OPTIMIZER}.name", "adem", "one of sgd, adam, adamax, adadelta, rmsprop"),
        (f"{OPTIMIZER}.name", ["adam"], "one of sgd, adam, adamax, adadelta, rmsprop"),
        (OPTIMIZER, "adam", "a mapping"),
        ("predict.tta", {"zoom": 1}, "a list that is not empty"),
        ("predict.tta", [], "a list that is not empty"),
        ("predict.tta", [1], "a mapping"),
        ("predict.tta.0.zoom", 0, "a number from 0.1 to 10"),
        ("ensemble.members", ["m0"], "a mapping that is not empty"),
        ("ensemble.members", {}, "a mapping that is not empty"),
        ("ensemble.members.m0.kwargs.width", "wide", "a number"),
        ("ensemble.members.m0.kwargs.dropout", True, "a number"),
        ("train.head", "svc", "a mapping or null"),
        ("train.head", HEAD | {"name": "svm"}, "svc"),
        ("train.head", HEAD | {"c": []}, "a list that is not empty"),
        ("train.head", HEAD | {"gamma": [1, 0]}, "a number above 0"),
        ("baseline", BASELINE | {"accuracy": {"all": 97}}, FRACTION),
        ("context", CONTEXT | {"folds": 1}, "a whole number of at least 2"),
        ("cluster", {"address": "auto", "cpus": 2, "gpus": -1}, "a number of at least 0"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path, key, value, expected):
    (error,) = errors(tmp_path, {key: value})
    assert re.fullmatch(rf"{re.escape(key)}[\w.]*: expected {re.escape(expected)}, received .+\.", error)


def test_all_errors_are_named_at_once_with_their_keys(tmp_path):
    changes = {
        "image.height": 3,
        "train.head": HEAD | {"gamma": [1, 0], "kernel": "rbf"},
        f"{OPTIMIZER}.momentum": 0.9,
        f"{PHASE}.schedule": {"pct_start": 0.25},
        "ensemble.members.a b": PARAMS["ensemble"]["members"]["m0"],
        "gate": MISSING,
        "speed": 1,
    }
    sections = "baseline, dataset, image, split, aug, train, pretrain, predict, ensemble, context, cluster, gate"
    assert errors(tmp_path, changes) == [
        "image.height: expected a whole number from 4 to 1024, received 3.",
        f"{OPTIMIZER}.momentum is not a parameter; known here: name, learning_rate, beta_1, beta_2, epsilon.",
        f"{PHASE}.schedule.name is missing; add it.",
        "train.head.gamma.1: expected a number above 0, received 0.",
        f"train.head.kernel is not a parameter; known here: {', '.join(HEAD)}.",
        "ensemble.members: expected letters, digits, '-' and '_' as keys, received 'a b'.",
        "gate is missing; add it.",
        f"speed is not a parameter; known here: {sections}.",
    ]


def test_old_names_are_refused_with_the_new_ones(tmp_path):
    changes = {
        "image.pca_channel": MISSING,
        "image.contrast": False,
        "train.batch_size": MISSING,
        "train.batch": 32,
        "train.head": {key: value for key, value in HEAD.items() if key != "fit_on_validation"}
        | {"validation": False},
        "predict.tta": [{"rotation": 0, "shift_x": 0}],
        "predict.batch": 64,
        "ensemble.method": "geometric",
    }
    assert errors(tmp_path, changes) == [
        "image.contrast is now image.pca_channel; rename it.",
        "train.head.validation is now train.head.fit_on_validation; rename it.",
        "train.batch is now train.batch_size; rename it.",
        "predict.tta.0.shift_x is no longer a parameter; remove it.",
        "predict.batch is no longer a parameter; remove it.",
        "ensemble.method: geometric is now geometric_mean; rename it.",
    ]


def test_every_new_name_is_a_key():
    keys = set(re.findall(r"`[\w.]*?(\w+)`", schema.reference()))
    assert set(renamed.KEYS.values()) - keys == {"baseline"}  # a heading
    assert keys.isdisjoint(renamed.REMOVED)


BOTH = "expected a number for each of m0, m1, received"
UNUSED = "expected above 0, since train.monitor or a plateau schedule needs it, received 0.0."
STACKING = "since stacking is fitted on out-of-fold predictions, received"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"dataset.source": "kaggle"}, "dataset.kaggle: expected a value for the source kaggle, received None."),
        ({"dataset.source": "local"}, "dataset.path: expected a value for the source local, received None."),
        (
            {"dataset.synthetic": None},
            "dataset.synthetic: expected a value for the source synthetic, received None.",
        ),
        ({"train.phases": []}, "train.phases: expected at least one phase, or a head, received []."),
        ({"ensemble.method": "weighted_mean"}, f"ensemble.weights: {BOTH} None."),
        (
            {"ensemble.method": "weighted_mean", "ensemble.weights": {"m0": 1, "m2": 1}},
            f"ensemble.weights: {BOTH} {{'m0': 1.0, 'm2': 1.0}}.",
        ),
        (
            {"ensemble.method": "weighted_mean", "ensemble.weights": {"m0": 0, "m1": 0}},
            "ensemble.weights: expected a sum above 0, received {'m0': 0.0, 'm1': 0.0}.",
        ),
        (
            {"ensemble.weights": {"m0": 1, "m1": 1}},
            "ensemble.weights: expected null with the method mean, received {'m0': 1.0, 'm1': 1.0}.",
        ),
        ({"split.validation": 0, "train.monitor": "accuracy"}, f"split.validation: {UNUSED}"),
        ({"split.validation": 0, f"{PHASE}.schedule": PLATEAU}, f"split.validation: {UNUSED}"),
        (
            {"split.validation": 0, "ensemble.method": "stacking"},
            f"split.validation: expected above 0, {STACKING} 0.0.",
        ),
        (
            {"train.head": FIT_ON_VALIDATION, "ensemble.method": "stacking"},
            f"train.head.fit_on_validation: expected false, {STACKING} True.",
        ),
        (
            {"split.validation": 0, "context": CONTEXT},
            "split.validation: expected above 0, since context is fitted on out-of-fold predictions, received 0.0.",
        ),
        (
            {"split.holdout": 0, "train.head": FIT_ON_VALIDATION},
            "split.holdout: expected above 0, since train.head.fit_on_validation is true, received 0.0.",
        ),
        (
            {"train.per_pixel_standardize": True, "predict.tta": [{}]},
            "train.per_pixel_standardize: expected false where aug or predict.tta invert images, received True.",
        ),
        (
            {"train.per_pixel_standardize": True, "aug.invert": 0},
            "train.per_pixel_standardize: expected false where aug or predict.tta invert images, received True.",
        ),
        (
            {"ensemble.members.m0.kwargs": {"width": 8, "depth": 3}},
            "ensemble.members.m0.kwargs: expected exactly dense, dropout, width, received depth, width.",
        ),
        (
            {"ensemble.members.m0.kwargs.width": 8.5},
            "ensemble.members.m0.kwargs.width: expected a whole number, received 8.5.",
        ),
        (
            {"pretrain.networks": {"vgg_bn": None}},
            "pretrain.networks: expected exactly the members' networks, stem_vgg_bn, vgg_bn, received vgg_bn.",
        ),
        (
            {"pretrain.rehearsal": 0.5},
            "pretrain.n_images: expected a number above 0 for pre-training or rehearsal, received 0.",
        ),
        (
            PRETRAIN | {"pretrain.n_images": 0},
            "pretrain.n_images: expected a number above 0 for pre-training or rehearsal, received 0.",
        ),
        (
            PRETRAIN | {"pretrain.aug": None},
            "pretrain.aug: expected a section to pre-train networks with, received None.",
        ),
        (
            PRETRAIN | {"ensemble.members.m0.kwargs.width": 9},
            f"ensemble.members.m0.kwargs: expected those of pretrain.networks.vgg_bn, {KWARGS}, "
            f"received {KWARGS | {'width': 9}}.",
        ),
        (
            PRETRAIN | {"pretrain.train": PARAMS["train"] | {"per_pixel_standardize": True}},
            "pretrain.train.per_pixel_standardize: expected false, received True.",
        ),
        (
            PRETRAIN | {"pretrain.train": PARAMS["train"] | {"monitor": "accuracy"}, "pretrain.n_images": 19},
            "pretrain.n_images: expected at least 20, since pretrain.train.monitor or a plateau schedule needs "
            "validation images, received 19.",
        ),
    ],
)
def test_a_contradiction_between_keys_is_refused(tmp_path, changes, error):
    assert errors(tmp_path, changes) == [error]


@pytest.mark.parametrize(
    "changes",
    [
        {"dataset.source": "kaggle", "dataset.kaggle": "datasets/owner/a-set", "dataset.synthetic": None},
        {"dataset.source": "local", "dataset.path": "~/letters", "dataset.sha256": "0123456789abcdef" * 4},
        {"dataset.classes": "[0-9]", "image.height": 4, "image.width": 1024},
        {"ensemble.method": "weighted_mean", "ensemble.weights": {"m0": 0, "m1": "1e-1"}},
        {"split.validation": 0},
        {"train.monitor": "loss", f"{PHASE}.schedule": PLATEAU},
        {"train.head": HEAD, "train.phases": [], "split.holdout": 0},
        {"train.head": FIT_ON_VALIDATION, "split.validation": 0},
        {"train.per_pixel_standardize": True, "aug.invert": 0, "predict.tta": [{}]},
        PRETRAIN | {"pretrain.train": PARAMS["train"] | {"monitor": "loss"}, "pretrain.n_images": 20},
        {"pretrain.n_images": 1, "pretrain.rehearsal": 0.5},
        {"cluster": {"address": "auto", "cpus": 2, "gpus": 0.25}},
    ],
)
def test_a_consistent_combination_is_accepted(tmp_path, changes):
    assert load(tmp_path, changes).gate.min_accuracy == 0.5


def test_an_unknown_network_is_refused_with_the_known_ones(tmp_path):
    (error, _) = errors(tmp_path, {"ensemble.members.m1.network": "vgg_bm"})
    assert re.fullmatch(
        r"ensemble\.members\.m1\.network: expected one of .*stem_vgg_bn.*, received 'vgg_bm'\.", error
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (None, r"cannot be read \(No such file or directory\); run this in a recipe's folder\."),
        (b"split: {seed: 0", r"is not valid YAML in line 1 \(expected"),
        (b"name: caf\xe9\n", r"is not valid YAML \('utf-8' codec can't decode byte 0xe9"),
        (b"", r"expected a mapping of sections, received None\.$"),
        (b"- split\n", r"expected a mapping of sections, received \['split'\]\.$"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, content, error):
    path = tmp_path / "params.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=rf"params\.yaml: {error}"):
        load_params(path)


@pytest.mark.parametrize(
    ("file", "text"), [(schema.SCHEMA, schema.schema_text), (schema.REFERENCE, schema.reference)]
)
def test_the_committed_schema_and_reference_are_those_of_the_code(file, text):
    assert (projects.ROOT / file).read_text(encoding="utf-8") == text(), "run `letterpress schema`"


def test_reading_params_imports_no_heavy_package():
    code = "import sys, letterpress.configuration.params; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=projects.ROOT
    )
    assert {"tensorflow", "keras", "numpy", "pandas"}.isdisjoint(modules.stdout.split())

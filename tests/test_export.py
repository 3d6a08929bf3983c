"""letterpress export: what the file holds, that it predicts as the recipe does, and what is refused."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml

from letterpress.commands import cli
from letterpress.infrastructure.errors import UserError
from letterpress.storage.exported_model import exported_model
from tests.archives import image_config
from tests.clones import commit, run
from tests.imports import ROOT

onnx = pytest.importorskip("onnx", reason="needs `make export`")
onnxruntime = pytest.importorskip("onnxruntime", reason="needs `make export`")
pytest.importorskip("tf2onnx", reason="needs `make export`")
pytestmark = pytest.mark.usefixtures("float32")

VGG = {"width": 4, "dense": 8, "dropout": 0.5}
NETWORKS = {
    "codeastar": {},
    "deotte": {},
    "ghouzam": {},
    "nhcd": {},
    "nhcd_wide": {},
    "pca": {"components": 6},
    "sixconv": {},
    "stem_vgg_bn": VGG,
    "tence": {"divide": 32},
    "unpadded": {"kernel": 5, "depth": 2, "width": 4, "dropout": 0.5},
    "vgg_bn": VGG,
}


@pytest.fixture(scope="module")
def recipe(float32, tmp_path_factory):
    """A recipe that has been run, in a git repository."""
    from tests.onnx_ensembles import make_recipe

    folder = make_recipe(tmp_path_factory.mktemp("exported") / "signs")
    run(folder, "git", "init", "-q")
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def exported(recipe):
    """The file that the command writes."""
    assert cli.main(["export", str(recipe)]) == 0
    return recipe / "ensemble.onnx"


def assert_same_predictions(ensemble, channels: np.ndarray) -> None:
    """Convert the ensemble, and compare it with the recipe's own predictions of prepared images."""
    from letterpress.serving import onnx_export

    compared = onnx_export.compare(onnx_export.convert(ensemble, ROOT), ensemble, channels)
    assert compared.n == channels.shape[1]
    assert compared.same_class == 1
    assert compared.largest_difference < 1e-4
    assert len(set(ensemble.predict_prepared(channels).argmax(1))) >= 2


@pytest.mark.long
def test_another_process_writes_the_same_bytes_and_prints_one_line(recipe, exported, tmp_path):
    """It says how far the file is from TensorFlow."""
    output = tmp_path / "again.onnx"
    command = [sys.executable, "-m", "letterpress", "export", str(recipe), "-o", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert re.fullmatch(
        rf"{output}: 0\.\d\d MB, the same class as the recipe in float32 for 100\.00% of 30 images, "
        r"largest difference \d\.\de-\d\d\n",
        done.stdout,
    )
    assert done.stderr == ""
    assert output.read_bytes() == exported.read_bytes()


def test_the_file_runs_on_images_of_every_size(recipe, exported):
    import letterpress
    from tests.onnx_ensembles import random_images

    ensemble = letterpress.load(recipe)
    session = onnxruntime.InferenceSession(exported)
    for size in ((8, 8), (8, 9), (20, 8), (40, 11), (5, 30)):
        images = random_images(6, size, seed=7)
        (found,) = session.run(["probabilities"], {"images": images[:, None]})
        np.testing.assert_allclose(found, ensemble.predict_proba(images), atol=1e-5)


def test_the_file_names_its_recipe(recipe, exported):
    from tests.onnx_ensembles import CLASSES

    model = onnx.load(exported)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(facts["classes"]) == CLASSES
    head = run(recipe, "git", "rev-parse", "HEAD").strip()
    assert (facts["recipe"], facts["commit"]) == ("signs", head)
    assert (facts["channels"], facts["height"], facts["width"]) == ('["luma"]', "8", "8")
    dimensions = [
        dimension.dim_param or dimension.dim_value for dimension in model.graph.input[0].type.tensor_type.shape.dim
    ]
    assert dimensions == ["n", 1, "height", "width"]


def test_all_parts_together_predict_as_the_recipe_does():
    from tests.onnx_ensembles import UNPADDED, VIEWS, make_ensemble, make_member, random_images

    size = (8, 10)
    members = [
        make_member(*UNPADDED, size, seed=0, statistics=True, heads="group"),
        make_member("stem_vgg_bn", VGG, size, seed=1),
    ]
    image = image_config(*size, preserve_aspect_ratio=True, invert=True, pca_channel=True)
    ensemble = make_ensemble(members, image, VIEWS, method="geometric_mean")
    assert_same_predictions(ensemble, np.stack([random_images(40, size, seed=5), random_images(40, size, seed=6)]))


@pytest.mark.long
@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_predicts_as_the_recipe_does(network):
    from tests.onnx_ensembles import VIEWS, make_ensemble, make_member, random_images

    ensemble = make_ensemble([make_member(network, NETWORKS[network], (28, 28))], image_config(28, 28), VIEWS)
    assert_same_predictions(ensemble, random_images(100, (28, 28), seed=5)[None])


@pytest.mark.long
@pytest.mark.parametrize("heads", ["group", "all"])
@pytest.mark.parametrize("statistics", [False, True])
def test_heads_and_statistics_predict_as_the_recipe_does(heads, statistics):
    from tests.onnx_ensembles import UNPADDED, VIEWS, make_ensemble, make_member, random_images

    members = [make_member(*UNPADDED, (8, 8), seed, statistics, heads) for seed in (0, 1)]
    ensemble = make_ensemble(members, image_config(8, 8), VIEWS, method="weighted_mean", weights={"m0": 1, "m1": 3})
    assert_same_predictions(ensemble, random_images(100, (8, 8), seed=5)[None])


def test_every_network_is_tested():
    assert sorted(NETWORKS) == sorted(file.stem for file in (ROOT / "letterpress/networks").glob("[a-z]*.py"))


def fails(capsys, *arguments) -> str:
    """Run the command, which ends with status 2; return what it says on stderr."""
    assert cli.main(["export", *map(str, arguments)]) == 2
    return capsys.readouterr().err


def copy_with(recipe, folder, section: str, **values):
    """Write a recipe's params.yaml with other values to a folder, and link its data and models there."""
    params = yaml.safe_load((recipe / "params.yaml").read_text(encoding="utf-8"))
    params[section] |= values
    folder.mkdir()
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    (folder / "data").symlink_to(recipe / "data")
    (folder / "models").symlink_to(recipe / "models")
    return folder


def test_stacking_is_refused(recipe, tmp_path, capsys):
    folder = copy_with(recipe, tmp_path / "stacked", "ensemble", method="stacking")
    assert "ensemble.method: stacking predicts no new images; choose mean." in fails(capsys, folder)


def test_members_that_are_too_large_for_a_file_are_refused(recipe, tmp_path, capsys):
    folder = tmp_path / "large"
    (folder / "models/m0").mkdir(parents=True)
    (folder / "params.yaml").write_bytes((recipe / "params.yaml").read_bytes())
    with (folder / "models/m0/network.weights.h5").open("wb") as file:
        os.truncate(file.fileno(), 4_100_000_000)  # takes no room on the disk
    assert f"{folder}: its members take 4.1 GB, and an ONNX file holds 2 GB; leave" in fails(capsys, folder)


@pytest.mark.parametrize("output", ["", ".", "data/prepared/test/images.npy", "missing/x.onnx"])
def test_outputs_that_would_do_harm_are_refused_before_work(recipe, monkeypatch, capsys, output):
    monkeypatch.chdir(recipe)
    fails(capsys, ".", "-o", output)
    assert (recipe / "data/prepared/test/images.npy").read_bytes()[:6] == b"\x93NUMPY"


def test_a_missing_package_is_named(recipe, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    monkeypatch.delitem(sys.modules, "letterpress.serving.onnx_export", raising=False)
    monkeypatch.delattr("letterpress.serving.onnx_export", raising=False)
    assert "tf2onnx is not installed; run `make export`, which installs it." in fails(capsys, recipe)


def test_a_graph_that_differs_is_refused(recipe, exported):
    from letterpress.serving import onnx_export
    from letterpress.serving.ensemble import load_ensemble

    ensemble = load_ensemble(recipe, "float32")
    ensemble.temperature *= 1.1
    with pytest.raises(UserError, match=r"probabilities differ by up to \d\.\de-0\d, and nothing was written"):
        onnx_export.compare((exported).read_bytes(), ensemble, onnx_export.sample_images(recipe, 9))


def test_a_file_that_is_older_than_the_ensemble_is_not_named(tmp_path):
    (tmp_path / "data/ensemble").mkdir(parents=True)
    ensemble, file = tmp_path / "data/ensemble/temperature.json", tmp_path / "ensemble.onnx"
    assert exported_model(tmp_path) is None
    ensemble.touch()
    file.touch()
    assert exported_model(tmp_path) == file
    os.utime(file, (0, 0))
    assert exported_model(tmp_path) is None


def test_predict_names_the_file(recipe, exported, tmp_path, capfd):
    from tests.archives import L, encode

    (tmp_path / "x.png").write_bytes(encode(L))
    assert cli.main(["predict", str(recipe), str(tmp_path / "x.png"), "--output", "-"]) == 0
    captured = capfd.readouterr()
    assert captured.err == f"{exported}: the same ensemble for onnxruntime (docs/export.md).\n"
    assert captured.out.startswith("file,class,probability")

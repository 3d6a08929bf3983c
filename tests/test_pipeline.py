"""The whole DAG with real DVC and real training, in a clone, on a few synthetic images."""

import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from letterpress.datasets.archive import Archive
from letterpress.storage.predictions import load_predictions
from letterpress.storage.prepared import load_classes
from tests.clones import change, run, stages_run
from tests.imports import ROOT

UPSTREAM = ["fetch", "preprocess", "render", "pretrain@stem_vgg_bn"]
DOWNSTREAM = ["average", "evaluate", "report", "submit"]


@pytest.fixture(scope="module")
def clone(finished, tmp_path_factory):
    return shutil.copytree(finished, tmp_path_factory.mktemp("clone") / "copy", symlinks=True)


def read(folder, name):
    return json.loads((folder / "metrics" / f"{name}.json").read_text())


def restore(clone):
    run(clone, "git", "checkout", "-q", ".")
    run(clone, "dvc", "checkout", "-q")


def test_a_fresh_run_runs_every_stage(finished):
    members = ["train@m0", "train@m1", "predict@m0", "predict@m1"]
    output = (finished / "repro.txt").read_text(encoding="utf-8")
    assert sorted(stages_run(output)) == sorted([*UPSTREAM, "split", *members, *DOWNSTREAM])


def test_the_submission_has_a_row_for_every_test_image(clone):
    rows = list(csv.reader((clone / "data/submission.csv").read_text().splitlines()))
    assert rows[0] == ["ID", "Class"]
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(1501, 1541)]


def test_eight_metrics_at_most_are_compared_and_the_rest_is_kept(clone):
    figures, details = read(clone, "ensemble"), read(clone, "details")
    assert set(figures["validation"]) == {"mean", "std", "best"}
    assert sum(len(part) for part in figures.values()) <= 8
    assert details["holdout"]["n"] == 150
    assert 0 < details["oof"]["n"] <= 270
    assert details["members"]["m0"]["validation"]["n"] == 135
    shown = run(clone, "dvc", "metrics", "show")
    assert "holdout.accuracy" in shown
    assert "ece" not in shown


def test_learning_curves_of_all_members_are_one_plot(clone):
    rows = list(csv.DictReader((clone / "metrics/learning_curves.csv").read_text().splitlines()))
    assert {row["member"] for row in rows} == {"m0", "m1"}
    shown = run(clone, "dvc", "plots", "show", "--json")
    assert set(json.loads(shown)["data"]) == {"metrics/learning_curves.csv", "metrics/confusion.csv"}


def test_the_report_is_one_page_without_anything_from_elsewhere(clone):
    page = (clone / "report/index.html").read_text()
    assert "train@m1" in page
    ours = page.replace(get_plotlyjs(), "")
    assert re.findall(r"(?:src|href|action)=.?http|url\(.?http|@import", ours) == []


def test_a_members_folder_describes_itself(clone):
    assert sorted(path.name for path in (clone / "models/m1").iterdir()) == ["member.json", "network.weights.h5"]


def test_new_images_are_predicted_as_the_test_images_were(clone, tmp_path):
    """The archive's own test images, given as new ones in a zip, get the same probabilities."""
    archive = Archive(next((clone / "data/raw").glob("*.zip")))
    names = [name for name in archive.names if name.startswith("test.zip/")]
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
        for name in names:
            new.writestr(name, archive.read(name))
    out = tmp_path / "out.csv"
    command = [sys.executable, "-m", "letterpress.predict", ".", tmp_path / "new.zip", "--output", out]
    assert run(clone, *command) == f"{out}: {len(names)} images\n"
    rows = {Path(row["file"]).stem: row for row in csv.DictReader(out.read_text().splitlines())}
    prepared = clone / "data/prepared"
    ids, classes = np.load(prepared / "test/ids.npy"), load_classes(prepared)
    expected = load_predictions(clone / "data/ensemble/predictions.npz").probabilities[-len(ids) :]
    for name, probabilities in zip(ids, expected, strict=True):
        assert rows[name]["class"] == classes[probabilities.argmax()]
        assert float(rows[name]["probability"]) == pytest.approx(probabilities.max(), abs=2e-6)


def test_the_example_of_the_python_api_runs(clone):
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    archive = Archive(next((clone / "data/raw").glob("*.zip")))
    names = [name for name in archive.names if name.startswith("test.zip/") and name.endswith(".jpg")][:2]
    for file, name in zip(("sign.jpg", "scan.png"), names, strict=True):
        (clone / file).write_bytes(archive.read(name))
    code = example.replace("recipes/my-signs", ".") + "print(*classes, *(f'{p:.5f}' for p in probabilities))"
    printed = run(clone, sys.executable, "-c", code).split()
    ids = np.load(clone / "data/prepared/test/ids.npy").tolist()
    final = load_predictions(clone / "data/ensemble/predictions.npz").probabilities[-len(ids) :]
    rows = [final[ids.index(Path(name).stem)] for name in names]
    known = load_classes(clone / "data/prepared")
    assert printed[:2] == [known[row.argmax()] for row in rows]
    assert [float(text) for text in printed[2:]] == pytest.approx([row.max() for row in rows], abs=2e-5)


def test_a_second_run_does_nothing(clone):
    assert stages_run(run(clone, "dvc", "repro")) == []


@pytest.mark.parametrize("name", [".DS_Store", "__pycache__/x.pyc", ".ipynb_checkpoints/x.py"])
def test_files_that_are_no_code_stale_nothing(clone, name):
    path = clone / "letterpress/training" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("anything")
    status = run(clone, "dvc", "status")
    path.unlink()
    assert status == "Data and pipelines are up to date.\n"


def test_nothing_that_varies_is_hashed(clone):
    """Hosts, dates and absolute paths would differ elsewhere."""
    lock = (clone / "dvc.lock").read_text()
    assert str(clone) not in lock
    assert "metrics/runs" not in lock


def test_git_ignores_dvcs_data(clone):
    tracked = run(clone, "git", "ls-files").splitlines()
    assert not [name for name in tracked if name.startswith(("data/", "models/")) and not name.endswith("README.md")]


def test_an_augmentation_reruns_training_and_what_follows(clone):
    try:
        output = run(clone, "dvc", "exp", "run", "-S", "aug.rotation=20")
    finally:
        restore(clone)
    expected = ["train@m0", "train@m1", "predict@m0", "predict@m1", *DOWNSTREAM]
    assert sorted(stages_run(output)) == sorted(expected)
    assert "rotation: 20" in (clone / "report/index.html").read_text()
    assert stages_run(run(clone, "dvc", "repro")) == ["report"]
    assert "rotation: 10" in (clone / "report/index.html").read_text()


def test_context_reranks_without_any_training(clone):
    section = "context={n_neighbors: 9, folds: 3, n_photos: 40}"
    try:
        output = run(clone, "dvc", "exp", "run", "-S", section)
        details = read(clone, "details")
    finally:
        restore(clone)
    assert sorted(stages_run(output)) == DOWNSTREAM
    before = read(clone, "details")
    calibrated = {name: value for name, value in before["oof"].items() if not name.endswith("_uncalibrated")}
    assert details["without_context"]["oof"] == calibrated
    assert details["grouped_by_photo"]["oof"]["n"] == before["oof"]["n"]


def test_a_new_member_trains_itself_only(clone):
    member = {"network": "stem_vgg_bn", "seed": 7, "kwargs": {"width": 4, "dense": 16, "dropout": 0.1}}
    change(clone, lambda params: params["ensemble"]["members"].update(extra=member))
    output = run(clone, "dvc", "repro")
    assert sorted(stages_run(output)) == sorted(["split", "train@extra", "predict@extra", *DOWNSTREAM])


def test_back_to_fewer_members_nothing_of_the_other_is_left(clone, finished):
    """After the test before; its member was committed by nobody, so git leaves its curve."""
    run(clone, "git", "checkout", "-q", ".")
    output = run(clone, "dvc", "repro")
    assert stages_run(output) == ["average", "report"]
    assert "of no member in params.yaml, moved to data/left_aside/predictions: extra.npz" in output
    assert "moved to data/left_aside/curves: extra.csv" in output
    for name in ("dvc.lock", "metrics/learning_curves.csv", "report/contents.json"):
        assert (clone / name).read_bytes() == (finished / name).read_bytes()
    assert stages_run(run(clone, "dvc", "repro")) == []


def test_a_mistake_in_the_parameters_stops_before_any_work(clone):
    try:
        change(clone, lambda params: params["aug"].update(rotatoin=3))
        done = subprocess.run([sys.executable, "stages", "fetch"], cwd=clone, capture_output=True, text=True)
    finally:
        change(clone, lambda params: params["aug"].pop("rotatoin"))
    assert done.returncode == 2
    assert done.stderr.startswith("fetch: params.yaml: aug.rotatoin is not a parameter; known here: rotation,")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["train"], "train: expected the key of a member or network in params.yaml, received none."),
        (["train", "m9"], "train@m9: expected the key of a member or network in params.yaml, received m9."),
        (["fetch", "x"], "fetch@x: expected no argument, received x."),
        (["cook"], "usage: python stages NAME [MEMBER], where NAME is one of average, evaluate, fetch,"),
    ],
)
def test_a_wrong_call_of_a_stage_ends_in_one_sentence(arguments, text):
    done = subprocess.run([sys.executable, "stages", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.startswith(text)
    assert "Traceback" not in done.stderr


def test_a_missing_input_is_named(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    done = subprocess.run([sys.executable, ROOT / "stages", "submit"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "submit: data/prepared/test/images.npy is missing; run `dvc repro submit`.\n"

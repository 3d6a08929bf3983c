"""The whole DAG with real DVC and real training, in a clone, on a few rendered letters."""

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
from letterpress.storage import prepared as arrays
from letterpress.storage.predictions import load_ensemble
from tests.clones import change, run, stages_run
from tests.imports import ROOT

UPSTREAM = ["fetch", "preprocess", "render", "pretrain@stem_vgg_bn"]
DOWNSTREAM = ["average", "context", "evaluate", "report", "submit"]


@pytest.fixture(scope="module")
def clone(finished, tmp_path_factory):
    return shutil.copytree(finished, tmp_path_factory.mktemp("clone") / "copy")


def test_a_fresh_run_runs_every_stage(finished):
    members = ["train@m0", "train@m1", "predict@m0", "predict@m1"]
    output = (finished / "repro.txt").read_text(encoding="utf-8")
    assert sorted(stages_run(output)) == sorted([*UPSTREAM, "split", *members, *DOWNSTREAM])


def test_the_run_ends_in_a_submission_for_every_test_image(clone):
    rows = list(csv.reader((clone / "data/submission.csv").read_text().splitlines()))
    assert rows[0] == ["ID", "Class"]
    assert [row[0] for row in rows[1:]] == [str(i) for i in range(1501, 1541)]


def test_the_metrics_are_those_that_people_compare(clone):
    figures = json.loads((clone / "metrics/ensemble.json").read_text())
    assert figures["holdout"]["images"] == 150
    assert 0 < figures["oof"]["images"] <= 270
    assert set(figures["validation"]) == {"mean", "std", "best"}
    shown = run(clone, "dvc", "metrics", "show")
    assert "holdout.accuracy" in shown
    assert "oof.accuracy" in shown
    assert json.loads((clone / "metrics/members/m0.json").read_text())["validation"]["images"] == 135


def test_the_report_is_one_page_that_tells_of_this_run(clone):
    page = (clone / "report/index.html").read_text()
    assert "train@m1" in page
    ours = page.replace(get_plotlyjs(), "")
    assert re.findall(r"(?:src|href|action)=.?http|url\(.?http|@import", ours) == []


def test_a_members_folder_holds_no_more_than_its_weights(clone):
    assert [path.name for path in (clone / "models/m1").iterdir()] == ["network.weights.h5"]


def test_new_images_are_judged_as_the_test_images_were(clone, tmp_path):
    """The archive's own test images, handed in as new ones, in a zip, get the probabilities that they had."""
    archive = Archive(next((clone / "data/raw").glob("*.zip")))
    names = [name for name in archive.names if name.startswith("test.zip/")]
    with zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
        for name in names:
            new.writestr(name, archive.read(name))
    out = tmp_path / "out.csv"
    command = [sys.executable, "-m", "letterpress.commands.predict", ".", tmp_path / "new.zip", "--output", out]
    assert run(clone, *command) == f"{out}: {len(names)} images\n"
    rows = {row["file"]: row for row in csv.DictReader(out.read_text().splitlines())}
    ids, classes = np.load(clone / "data/prepared/test_ids.npy"), arrays.load_classes(clone / "data/prepared")
    expected = load_ensemble(clone / "data/ensemble.npz").test
    for i, of_one in zip(ids, expected, strict=True):
        row = next(row for name, row in rows.items() if Path(name).stem == i)
        assert row["class"] == classes[of_one.argmax()]
        assert float(row["probability"]) == pytest.approx(of_one.max(), abs=2e-6)


def test_a_second_run_does_nothing(clone):
    assert stages_run(run(clone, "dvc", "repro")) == []


def test_nothing_that_varies_is_hashed(clone):
    """Hosts, dates and absolute paths would differ elsewhere."""
    lock = (clone / "dvc.lock").read_text()
    assert str(clone) not in lock
    assert "metrics/runs" not in lock


def test_git_sees_nothing_of_dvcs_data(clone):
    tracked = run(clone, "git", "ls-files").splitlines()
    assert not [name for name in tracked if name.startswith(("data/", "models/")) and not name.endswith("README.md")]


def test_an_augmentation_reruns_training_and_what_follows_only(clone):
    try:
        output = run(clone, "dvc", "exp", "run", "-S", "aug.rotation=20")
    finally:
        run(clone, "git", "checkout", "-q", ".")
        run(clone, "dvc", "checkout", "-q")
    expected = ["train@m0", "train@m1", "predict@m0", "predict@m1", *DOWNSTREAM]
    assert sorted(stages_run(output)) == sorted(expected)
    assert "rotation: 20" in (clone / "report/index.html").read_text()
    assert stages_run(run(clone, "dvc", "repro")) == ["report"]
    assert "rotation: 10" in (clone / "report/index.html").read_text()


def test_siblings_judge_anew_without_any_training(clone):
    wanted = "context={siblings: 9, folds: 3, photographs: 40}"
    try:
        output = run(clone, "dvc", "exp", "run", "-S", wanted)
        figures = json.loads((clone / "metrics/ensemble.json").read_text())
    finally:
        run(clone, "git", "checkout", "-q", ".")
        run(clone, "dvc", "checkout", "-q")
    assert sorted(stages_run(output)) == ["context", "evaluate", "report", "submit"]
    alone = json.loads((clone / "metrics/ensemble.json").read_text())
    assert figures["alone"]["oof"] == alone["oof"]
    assert figures["whole_photographs"]["oof"]["images"] == alone["oof"]["images"]


def test_a_new_member_trains_itself_only(clone):
    member = {"network": "stem_vgg_bn", "seed": 7, "kwargs": {"width": 4, "dense": 16, "dropout": 0.1}}
    change(clone, lambda params: params["ensemble"]["members"].update(extra=member))
    output = run(clone, "dvc", "repro")
    assert sorted(stages_run(output)) == sorted(["split", "train@extra", "predict@extra", *DOWNSTREAM])


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
        (["train"], "train: expected the key of a member of params.yaml, received none."),
        (["fetch", "x"], "fetch@x: expected no argument, received x."),
        (["cook"], "usage: python stages NAME [MEMBER], where NAME is one of average, context, evaluate,"),
    ],
)
def test_a_wrong_call_of_a_stage_ends_in_one_sentence(arguments, text):
    done = subprocess.run([sys.executable, "stages", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert done.stderr.startswith(text)
    assert "Traceback" not in done.stderr


def test_what_is_missing_is_named(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    done = subprocess.run([sys.executable, ROOT / "stages", "submit"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "submit: data/prepared/classes.json is missing; run `dvc repro submit`.\n"

"""Search spaces are parsed, and a study of real experiments goes on where it was interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import yaml

from letterpress.commands import cli, tune
from letterpress.commands.search_space import Dimension, find_value, parse_dimension
from letterpress.infrastructure.errors import UserError
from tests.clones import environment, run, small_clone

pytest.importorskip("optuna", reason="needs `make tune`")
PARAMS = {
    "aug": {"rotation": 10, "zoom": 0.15},
    "train": {"phases": [{"epochs": 10, "nesterov": True, "schedule": None}], "monitor": None},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aug.rotation=0..30", Dimension("aug.rotation", 10, (), 0, 30)),
        ("aug.zoom=0..0.5", Dimension("aug.zoom", 0.15, (), 0, 0.5)),
        ("aug.zoom=log:1e-2..5E-1", Dimension("aug.zoom", 0.15, (), 0.01, 0.5, True)),
        ("train.phases.0.epochs=log:5..50", Dimension("train.phases.0.epochs", 10, (), 5, 50, True)),
        ("aug.rotation=-5..-1", Dimension("aug.rotation", 10, (), -5, -1)),
        ("train.monitor=null,accuracy", Dimension("train.monitor", None, (None, "accuracy"))),
        ("train.phases.0.nesterov=true,false", Dimension("train.phases.0.nesterov", True, (True, False))),
        ("aug.rotation=5,10,20", Dimension("aug.rotation", 10, (5, 10, 20))),
    ],
)
def test_a_space_is_parsed(text, expected):
    assert parse_dimension(text, PARAMS) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("aug.rotation", "-S aug.rotation: expected KEY=SPACE; expected LOW..HIGH"),
        ("aug.rotation=", "expected KEY=SPACE"),
        ("aug.rotatoin=0..30", "-S aug.rotatoin: params.yaml has no such key; docs/parameters.md lists all."),
        ("train.phases.1.epochs=1..2", "-S train.phases.1.epochs: params.yaml has no such key"),
        ("train.phases.x.epochs=1..2", "params.yaml has no such key"),
        ("aug.rotation.x=1..2", "params.yaml has no such key"),
        ("aug.rotation=30..0", "-S aug.rotation=30..0: expected LOW below HIGH."),
        ("aug.rotation=3..3", "expected LOW below HIGH."),
        ("aug.rotation=log:0..3", "expected LOW below HIGH, above 0 with log."),
        ("aug.rotation=5", "expected LOW..HIGH, log:LOW..HIGH or choices as a,b,c."),
        ("aug.rotation=5,5", "or choices as a,b,c."),
        ("aug.rotation=a..b", "or choices as a,b,c."),
        ("aug.rotation=1..2..3", "or choices as a,b,c."),
    ],
)
def test_what_is_no_space_is_refused(text, message):
    with pytest.raises(UserError, match=re.escape(message)):
        parse_dimension(text, PARAMS)


@pytest.mark.parametrize(
    ("text", "is_whole", "contains"),
    [
        ("aug.rotation=0..30", True, True),
        ("aug.rotation=0..30.0", False, True),
        ("aug.rotation=11..30", True, False),
        ("aug.zoom=0..1", False, True),
        ("train.phases.0.nesterov=0..1", False, False),
        ("train.phases.0.schedule=null,x", False, True),
        ("train.phases.0.schedule=1..2", True, False),
        ("aug.rotation=5,6", False, False),
    ],
)
def test_whole_numbers_and_the_current_value(text, is_whole, contains):
    dimension = parse_dimension(text, PARAMS)
    assert (dimension.is_whole, dimension.contains_current()) == (is_whole, contains)


def test_a_value_is_found_by_its_dotted_key():
    assert find_value(PARAMS, "train.phases.0.epochs") == 10


def test_the_line_of_an_epoch_is_read():
    line = "m-1: epoch 3/10: loss 1.220, accuracy 0.7405, validation 0.8799, 725 images/s\n"
    assert tune.EPOCH.match(line).groupdict() == {"member": "m-1", "epoch": "3", "epochs": "10", "accuracy": "0.8799"}


def test_without_a_space_there_is_no_search(capsys):
    with pytest.raises(SystemExit):
        cli.main(["tune", "."])
    assert "required: -S" in capsys.readouterr().err


SPACES = ("-S", "aug.rotation=0..30", "-S", "train.label_smoothing=log:0.01..0.2")


@pytest.mark.long
def test_a_study_is_interrupted_and_goes_on(tmp_path):
    folder = small_clone(tmp_path)
    command = [sys.executable, "-m", "letterpress", "tune", ".", "--trials", "2", *SPACES]
    before = run(folder, "git", "status", "--porcelain")
    options = {"stdout": subprocess.PIPE, "text": True, "start_new_session": True}
    # As from a terminal, even where this process ignores interrupts.
    options["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=folder, env=environment(), **options)
    (log,) = wait_for(lambda: [path for path in folder.glob("logs/tune-*-0.log") if "epoch 1/" in path.read_text()])
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert subprocess.run(["pgrep", "-f", f"exp run --temp --name {log.stem}"]).returncode == 1
    assert run(folder, "git", "status", "--porcelain") == before

    output = run(folder, *command)
    rows = re.findall(r"^ +(\d+) +(\S+) +\d+ s  (.*)$", output, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == [1, 2]
    for number, accuracy, values in rows:
        name = f"{log.stem.rpartition('-')[0]}-{number}"
        (reference,) = run(folder, "git", "for-each-ref", "--format=%(refname)", f"refs/exps/**/{name}").split()
        metrics = json.loads(run(folder, "git", "show", f"{reference}:metrics/ensemble.json"))
        assert f"{metrics['oof']['accuracy']:.4f}" == accuracy
        params = yaml.safe_load(run(folder, "git", "show", f"{reference}:params.yaml"))
        rotation, smoothing = params["aug"]["rotation"], params["train"]["label_smoothing"]
        assert values == f"aug.rotation={rotation}  train.label_smoothing={smoothing}"
    best = re.search(r"best: trial (\d+), .*\n  (dvc exp apply \S+)", output)
    run(folder, *best[2].split())
    assert "going on after 2 trials" in run(folder, *command)


def wait_for(condition, seconds: float = 600):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found

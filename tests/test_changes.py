"""What a change did is told in Markdown: curves, and the pairs that are confused more or less often."""

import re
import subprocess
import sys
from collections import Counter

from letterpress.commands import changes
from tests.clones import commit, environment, run
from tests.imports import ROOT

CURVES = ["epoch,validation_accuracy\n1,0.5\n2,0.75\n", "epoch,validation_accuracy\n1,0.25\n2,0.5\n3,1\n"]


def test_a_curve_is_the_mean_of_the_members_that_have_the_epoch():
    assert changes.mean_curve(CURVES) == {1: 0.375, 2: 0.625, 3: 1.0}


def test_a_training_without_validation_has_no_curve():
    assert changes.mean_curve(["epoch,loss\n1,0.5\n", "epoch,validation_accuracy\n1,\n"]) == {}


def test_errors_are_counted_and_right_answers_are_not():
    assert changes.confused("actual,predicted\nA,A\nA,B\nA,B\nB,A\n") == Counter({("A", "B"): 2, ("B", "A"): 1})


def test_both_curves_are_drawn_over_the_same_epochs():
    text = changes.chart({1: 0.5, 2: 0.75}, {1: 0.25, 2: 0.5, 3: 1.0})
    assert text.startswith(
        "Mean validation accuracy of the members by epoch. Grey: the base. Blue: here.\n\n```mermaid"
    )
    assert 'x-axis "epoch" 1 --> 3\n' in text
    assert 'y-axis "validation accuracy" 0.250 --> 1.000\n' in text
    assert "line [0.5000, 0.7500, 0.7500]\nline [0.2500, 0.5000, 1.0000]\n" in text
    assert text.index("#8c8c8c") < text.index("#1f77b4")


def test_a_new_recipe_has_one_curve_in_its_own_colour():
    text = changes.chart({}, {1: 0.5})
    assert "epoch. Blue: here." in text
    assert '"plotColorPalette": "#1f77b4"' in text
    assert len(re.findall("^line", text, re.MULTILINE)) == 1


def test_a_long_curve_is_thinned():
    text = changes.chart({}, {epoch: epoch / 1000 for epoch in range(1, 501)})
    (values,) = re.findall(r"^line \[(.*)\]", text, re.MULTILINE)
    assert values.split(", ")[:2] == ["0.0010", "0.0100"]
    assert len(values.split(", ")) == 56


def test_the_pairs_that_changed_most_come_first():
    base, here = Counter({("a", "b"): 3, ("c", "d"): 1, ("e", "f"): 2}), Counter({("a", "b"): 3, ("e", "f"): 7})
    assert changes.pairs(base, here).splitlines()[2:] == ["| e | f | 2 | 7 |", "| c | d | 1 | 0 |"]


def test_the_same_errors_are_no_change():
    errors = Counter({("a", "b"): 3})
    assert changes.pairs(errors, Counter(errors)) == "No pair is confused more or less often."


def test_a_recipe_is_described_against_a_commit(tmp_path):
    (tmp_path / "params.yaml").touch()
    (tmp_path / "metrics/curves").mkdir(parents=True)
    (tmp_path / "metrics/curves/m0.csv").write_text(CURVES[0])
    (tmp_path / "metrics/confusion.csv").write_text("actual,predicted\nA,B\n")
    run(tmp_path, "git", "init", "-q")
    commit(tmp_path)
    assert changes.describe(tmp_path, "HEAD", tmp_path) is None
    (tmp_path / "metrics/curves/m0.csv").unlink()
    (tmp_path / "metrics/curves/m1.csv").write_text(CURVES[1])
    (tmp_path / "metrics/confusion.csv").write_text("actual,predicted\nB,A\n")
    text = changes.describe(tmp_path, "HEAD", tmp_path)
    assert text.startswith("### default\n\nMean validation")
    assert "line [0.5000, 0.7500, 0.7500]\nline [0.2500, 0.5000, 1.0000]\n" in text
    assert text.endswith("| A | B | 1 | 0 |\n| B | A | 0 | 1 |")


def test_a_base_that_is_not_there_is_named():
    command = [sys.executable, "-m", "letterpress.commands.changes", "--base", "nowhere"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("changes: the base nowhere cannot be resolved; fetch it")

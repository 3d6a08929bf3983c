"""What a change did to the learning curves, and to the pairs of classes that are confused, in Markdown."""

import argparse
import re
from collections import Counter

import pytest

from letterpress.commands import changes
from tests.clones import commit, run
from tests.tiny_project import write

CURVES = ["epoch,validation_accuracy\n1,0.5\n2,0.75\n", "epoch,validation_accuracy\n1,0.25\n2,0.5\n3,1\n"]


def test_a_curve_is_the_mean_of_the_members_that_have_the_epoch():
    assert changes.mean_curve(CURVES) == {1: 0.375, 2: 0.625, 3: 1.0}


def test_a_training_without_validation_has_no_curve():
    assert changes.mean_curve(["epoch,loss\n1,0.5\n", "epoch,validation_accuracy\n1,\n"]) == {}


def test_only_wrong_predictions_are_counted():
    assert changes.count_errors("actual,predicted\nA,A\nA,B\nA,B\nB,A\n") == Counter({("A", "B"): 2, ("B", "A"): 1})


def test_both_curves_are_drawn_over_the_same_epochs():
    text = changes.format_chart({1: 0.5, 2: 0.75}, {1: 0.25, 2: 0.5, 3: 1.0})
    assert text.startswith(
        "Mean validation accuracy of the members by epoch. Grey: the base. Blue: here.\n\n```mermaid"
    )
    assert 'x-axis "epoch" 1 --> 3\n' in text
    assert 'y-axis "validation accuracy" 0.250 --> 1.000\n' in text
    assert "line [0.5000, 0.7500, 0.7500]\nline [0.2500, 0.5000, 1.0000]\n" in text
    assert text.index("#8c8c8c") < text.index("#1f77b4")


def test_a_new_recipe_has_one_curve_in_its_own_colour():
    text = changes.format_chart({}, {1: 0.5})
    assert "epoch. Blue: here." in text
    assert '"plotColorPalette": "#1f77b4"' in text
    assert len(re.findall("^line", text, re.MULTILINE)) == 1


def test_a_long_curve_is_thinned():
    text = changes.format_chart({}, {epoch: epoch / 1000 for epoch in range(1, 501)})
    (values,) = re.findall(r"^line \[(.*)\]", text, re.MULTILINE)
    assert values.split(", ")[:2] == ["0.0010", "0.0100"]
    assert len(values.split(", ")) == 56


def test_the_pairs_that_changed_most_come_first():
    base, here = Counter({("a", "b"): 3, ("c", "d"): 1, ("e", "f"): 2}), Counter({("a", "b"): 3, ("e", "f"): 7})
    assert changes.format_pairs(base, here).splitlines()[2:] == [
        "| e      | f           |      2 |      7 |",
        "| c      | d           |      1 |      0 |",
    ]


def test_the_same_errors_are_no_change():
    errors = Counter({("a", "b"): 3})
    assert changes.format_pairs(errors, Counter(errors)) == "No pair is confused more or less often."


@pytest.mark.parametrize("subfolder", [".", "sub/recipes/a"])
def test_a_recipe_is_described_against_a_commit(tmp_path, subfolder):
    folder = tmp_path / subfolder
    for name, text in {"m0.csv": CURVES[0], "../confusion.csv": "actual,predicted\nA,B\n"}.items():
        write(folder / "metrics/curves" / name, text)
    run(tmp_path, "git", "init", "-q")
    commit(tmp_path)
    assert changes.describe_changes(folder, "HEAD", tmp_path) is None
    (folder / "metrics/curves/m0.csv").rename(folder / "metrics/curves/m1.csv")
    write(folder / "metrics/curves/m1.csv", CURVES[1])
    write(folder / "metrics/confusion.csv", "actual,predicted\nB,A\n")
    text = changes.describe_changes(folder, "HEAD", folder)
    assert text.startswith("### default\n\nMean validation")
    assert "line [0.5000, 0.7500, 0.7500]\nline [0.2500, 0.5000, 1.0000]\n" in text
    assert [line.split()[1::2] for line in text.splitlines()[-2:]] == [["A", "B", "1", "0"], ["B", "A", "0", "1"]]


def test_the_command_says_that_nothing_has_changed(monkeypatch, capsys):
    monkeypatch.setattr(changes, "describe_changes", lambda *arguments: None)
    changes.run(argparse.Namespace(base="HEAD"))
    assert re.fullmatch(r"Curves and confusions are as at \w{7}\.\n", capsys.readouterr().out)

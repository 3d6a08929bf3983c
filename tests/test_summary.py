"""What a run ends with."""

import sys

import pytest

from letterpress.commands import summary
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_json

PART = {"accuracy": 0.98765, "images": 1600}


def test_each_accuracy_says_what_it_was_measured_on(tmp_path):
    figures = {
        "validation": {"mean": 0.9},
        "holdout": PART,
        "oof": {"accuracy": 0.5, "images": 12},
        "test": {"accuracy": 1.0, "images": 1_000_000},
        "confused": [],
    }
    write_json(tmp_path / "metrics/ensemble.json", figures)
    assert summary.summarise(tmp_path).splitlines() == [
        "",
        "Accuracy of the ensemble",
        "  0.9877  on 1,600 held-out images that no member has seen",
        "  0.5000  out of fold, on 12 labelled images",
        "  1.0000  on the 1,000,000 test images, whose truth is known here",
        f"Submission  {tmp_path}/data/submission.csv",
        f"Report      {tmp_path}/report/index.html",
    ]


def test_parts_that_were_not_measured_are_left_out(tmp_path):
    write_json(tmp_path / "metrics/ensemble.json", {"oof": PART})
    assert summary.summarise(tmp_path).splitlines()[2:-2] == ["  0.9877  out of fold, on 1,600 labelled images"]


def test_a_recipe_that_has_not_run_is_told(tmp_path):
    with pytest.raises(UserError, match=r"metrics/ensemble\.json is missing; run `dvc repro` there"):
        summary.summarise(tmp_path)


def test_the_command_takes_the_folder_it_is_given(tmp_path, monkeypatch, capsys):
    write_json(tmp_path / "metrics/ensemble.json", {"oof": PART})
    monkeypatch.setattr(sys, "argv", ["summary", str(tmp_path)])
    summary.main()
    assert capsys.readouterr().out == summary.summarise(tmp_path) + "\n"


def test_the_command_is_at_home_in_its_own_folder(tmp_path, monkeypatch, capsys):
    write_json(tmp_path / "metrics/ensemble.json", {"oof": PART})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["summary"])
    summary.main()
    assert "0.9877" in capsys.readouterr().out


def test_the_command_ends_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["summary", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"ensemble\.json is missing"):
        summary.main()

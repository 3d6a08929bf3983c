"""The summary that a run ends with."""

import pytest

from letterpress.commands import cli
from letterpress.commands.summary import summarize_recipe
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import write_json

PART = {"accuracy": 0.98765, "n": 1600}


def test_each_accuracy_says_what_it_was_measured_on(tmp_path):
    details = {
        "holdout": PART,
        "oof": {"accuracy": 0.5, "n": 12},
        "test": {"accuracy": 1.0, "n": 1_000_000},
        "most_confused": [],
    }
    write_json(tmp_path / "metrics/details.json", details)
    assert summarize_recipe(tmp_path).splitlines() == [
        "",
        "Accuracy of the ensemble",
        "  0.9877  on 1,600 held-out images that no member trained on",
        "  0.5000  out of fold, on 12 labelled images",
        "  1.0000  on the 1,000,000 test images, whose labels are known",
        f"Submission  {tmp_path}/data/submission.csv",
        f"Report      {tmp_path}/report/index.html",
    ]


def test_parts_that_were_not_measured_are_left_out(tmp_path):
    write_json(tmp_path / "metrics/details.json", {"oof": PART})
    assert summarize_recipe(tmp_path).splitlines()[2:-2] == ["  0.9877  out of fold, on 1,600 labelled images"]


def test_a_recipe_that_has_not_run_is_named(tmp_path):
    with pytest.raises(UserError, match=r"metrics/details\.json is missing; run `dvc repro` there"):
        summarize_recipe(tmp_path)


def test_the_recipe_is_the_given_folder_or_the_current_one(tmp_path, monkeypatch, capsys):
    write_json(tmp_path / "metrics/details.json", {"oof": PART})
    (tmp_path / "params.yaml").touch()
    assert cli.main(["summary", str(tmp_path)]) == 0
    assert capsys.readouterr().out == summarize_recipe(tmp_path) + "\n"
    monkeypatch.chdir(tmp_path)
    assert cli.main(["summary"]) == 0
    assert "0.9877" in capsys.readouterr().out

"""Learning curves are tables, one a member and one of all, after every epoch."""

from pathlib import Path

import pytest

from letterpress.training.callbacks import Pace
from letterpress.training.csv_log import CsvLog, merge_curves

ROW = {"epoch": 1, "learning_rate": 0.1 + 0.2, "loss": 2 / 3, "accuracy": 0.5}
VALIDATED = {**ROW, "epoch": 2, "validation_loss": 1e-7, "validation_accuracy": 1.0}
HEADER = "epoch,learning_rate,loss,accuracy,validation_loss,validation_accuracy"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_row_an_epoch_with_six_digits(folder):
    log = CsvLog(Path("curves/m0.csv"))
    log.on_epoch_end([ROW], Pace(100, 1.0))
    assert Path("curves/m0.csv").read_text() == f"{HEADER}\n1,0.3,0.666667,0.5,,\n"
    log.on_epoch_end([ROW, VALIDATED], Pace(100, 1.0))
    assert Path("curves/m0.csv").read_text() == f"{HEADER}\n1,0.3,0.666667,0.5,,\n2,0.3,0.666667,0.5,1e-07,1\n"
    assert not Path("metrics").exists()


def test_the_curves_of_all_members_that_exist_are_merged_after_every_epoch(folder):
    logs = {key: CsvLog(Path(f"metrics/curves/{key}.csv"), ["m0", "m1", "m2"]) for key in ("m0", "m2", "gone")}
    for log in logs.values():
        log.write([ROW])
    logs["m0"].on_epoch_end([ROW, VALIDATED], Pace(100, 1.0))
    assert Path("metrics/learning_curves.csv").read_text() == (
        f"member,{HEADER}\nm0,1,0.3,0.666667,0.5,,\nm0,2,0.3,0.666667,0.5,1e-07,1\nm2,1,0.3,0.666667,0.5,,\n"
    )


def test_without_curves_there_is_the_header(folder):
    merge_curves(["m0"])
    assert Path("metrics/learning_curves.csv").read_text() == f"member,{HEADER}\n"

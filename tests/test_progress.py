"""What a training shows, on a terminal and elsewhere."""

import io
import sys

from letterpress.training.progress_bar import Reporter
from letterpress.training.trainer import Pace

ROW = {"epoch": 1, "loss": 1.23456, "accuracy": 0.98765}
VALIDATED = {**ROW, "epoch": 2, "validation_accuracy": 0.5}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_an_epoch_is_a_line(capsys):
    with Reporter("m0", 12) as reporter:
        reporter.epoch(ROW, Pace(images=3000, seconds=2.0))
        reporter.epoch(VALIDATED, Pace(images=3000, seconds=1.0))
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "m0: epoch 1/12: loss 1.235, accuracy 0.9877, 1,500 images/s",
        "m0: epoch 2/12: loss 1.235, accuracy 0.9877, validation 0.5000, 3,000 images/s",
    ]
    assert err == ""


def test_on_a_terminal_a_bar_moves(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Reporter("m0", 4) as reporter:
        reporter.epoch({**VALIDATED, "epoch": 3}, Pace(images=3000, seconds=1.0))
    shown = terminal.getvalue()
    assert "m0" in shown
    assert "3/4" in shown
    assert "loss 1.235, accuracy 0.9877, validation 0.5000, 3,000 images/s" in shown
    assert capsys.readouterr().out == ""


def test_the_speed_is_the_epochs_median():
    with Reporter("m0", 3) as reporter:
        for seconds in (1.0, 2.0, 10.0):
            reporter.epoch(ROW, Pace(images=1000, seconds=seconds))
    assert reporter.facts() == {"epochs": 3, "images_per_second": 500}


def test_a_training_with_nothing_left_to_do_has_no_speed():
    assert Reporter("m0", 3).facts() == {"epochs": 0, "images_per_second": None}


def test_a_head_is_a_line_of_what_the_grid_search_found(capsys):
    with Reporter("m0", 3) as reporter:
        reporter.head("numerals", {"C": 10.0, "gamma": 0.005}, 0.98765)
        reporter.head("", {"C": 100, "gamma": 1e-05}, 1.0)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "m0: numerals: C 10, gamma 0.005, cross-validated accuracy 0.9877",
        "m0: all classes: C 100, gamma 1e-05, cross-validated accuracy 1.0000",
    ]
    assert err == ""


def test_a_head_counts_for_no_epoch():
    with Reporter("m0", 0) as reporter:
        reporter.head("numerals", {"C": 10.0, "gamma": 0.005}, 0.9)
    assert reporter.facts() == {"epochs": 0, "images_per_second": None}

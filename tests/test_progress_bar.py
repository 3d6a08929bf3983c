"""What a training prints, on a terminal and elsewhere."""

import io
import sys

from letterpress.training.callbacks import Pace
from letterpress.training.progress_bar import ProgressBar

ROW = {"epoch": 1, "loss": 1.23456, "accuracy": 0.98765}
VALIDATED = {**ROW, "epoch": 2, "validation_accuracy": 0.5}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_an_epoch_is_a_line(capsys):
    with ProgressBar("m0", 12) as bar:
        bar.on_epoch_end([ROW], Pace(n_images=3000, seconds=2.0))
        bar.on_epoch_end([ROW, VALIDATED], Pace(n_images=3000, seconds=1.0))
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "m0: epoch 1/12: loss 1.235, accuracy 0.9877, 1,500 images/s",
        "m0: epoch 2/12: loss 1.235, accuracy 0.9877, validation 0.5000, 3,000 images/s",
    ]
    assert err == ""


def test_on_a_terminal_a_bar_moves(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with ProgressBar("m0", 4) as bar:
        bar.on_epoch_end([{**VALIDATED, "epoch": 3}], Pace(n_images=3000, seconds=1.0))
    shown = terminal.getvalue()
    for text in ("m0", "3/4", "loss 1.235, accuracy 0.9877, validation 0.5000, 3,000 images/s"):
        assert text in shown
    assert capsys.readouterr().out == ""


def test_the_summary_has_the_median_speed():
    with ProgressBar("m0", 3) as bar:
        for seconds in (1.0, 2.0, 10.0):
            bar.on_epoch_end([ROW], Pace(n_images=1000, seconds=seconds))
    assert bar.summary() == {"epochs": 3, "images_per_second": 500}


def test_a_head_is_a_line_and_no_epoch(capsys):
    with ProgressBar("m0", 3) as bar:
        bar.on_head_end("numerals", {"C": 10.0, "gamma": 0.005}, 0.98765)
        bar.on_head_end("", {"C": 100, "gamma": 1e-05}, 1.0)
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "m0: numerals: C 10, gamma 0.005, cross-validated accuracy 0.9877",
        "m0: all classes: C 100, gamma 1e-05, cross-validated accuracy 1.0000",
    ]
    assert err == ""
    assert bar.summary() == {"epochs": 0, "images_per_second": None}

"""The board understands what a training prints, and shows a line for each member."""

import pytest

from letterpress.infrastructure.progress_board import EPOCH, ProgressBoard
from letterpress.training.progress_bar import Reporter
from letterpress.training.trainer import Pace

ROW = {"epoch": 3, "loss": 1.25, "accuracy": 0.5, "validation_accuracy": 0.75}


def test_it_understands_what_a_training_prints(capsys):
    with Reporter("m0", 20) as reporter:
        reporter.epoch(ROW, Pace(100, 0.5))
    found = EPOCH.match(capsys.readouterr().out.strip())
    assert found.groupdict() == {
        "member": "m0",
        "epoch": "3",
        "epochs": "20",
        "figures": "loss 1.250, accuracy 0.5000, validation 0.7500, 200 images/s",
    }


def test_without_a_terminal_lines_are_passed_on(capsys):
    with ProgressBoard(["m0", "m1"]) as board:
        board.start("m1")
        board.line("m1", "m1: epoch 1/2: loss 1")
        board.line("m1", "Updating lock file 'dvc.lock'")
        board.end("m1", failed=False)
        board.end("m0", failed=True)
    assert capsys.readouterr().out.splitlines() == ["m1: runs", "m1: epoch 1/2: loss 1", "m1: done", "m0: failed"]


@pytest.mark.parametrize(("failed", "state"), [(False, "done"), (True, "failed")])
def test_on_a_terminal_each_member_has_a_line(monkeypatch, capsys, failed, state):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with ProgressBoard(["m0", "m1"]) as board:
        board.start("m1")
        board.line("m1", "m1: epoch 3/4: loss 1, accuracy 0.5")
        board.end("m1", failed)
    shown = capsys.readouterr().err
    assert "m0 waits" in shown
    assert f"m1 {state}|" in shown
    assert "3/4 epochs" in shown
    assert "loss 1, accuracy 0.5" in shown

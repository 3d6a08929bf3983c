"""The board understands the lines of a training, and shows one line per member."""

import pytest

from letterpress.infrastructure.progress_board import EPOCH, ProgressBoard

LINE = "m0: epoch 3/20: loss 1.250, accuracy 0.5000, validation 0.7500, 200 images/s"


def test_the_line_of_an_epoch_is_parsed():
    """tests/test_progress_bar.py checks that a training prints such lines."""
    assert EPOCH.match(LINE).groupdict() == {
        "member": "m0",
        "epoch": "3",
        "epochs": "20",
        "figures": "loss 1.250, accuracy 0.5000, validation 0.7500, 200 images/s",
    }


def test_without_a_terminal_lines_are_printed(capsys):
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
    output = capsys.readouterr().err
    assert "m0 waits" in output
    assert f"m1 {state}|" in output
    assert "3/4 epochs" in output
    assert "loss 1, accuracy 0.5" in output

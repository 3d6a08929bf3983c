"""Members in parallel, with real DVC: interrupted, killed and run again, they end like one after another."""

import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from letterpress.commands import jobs
from letterpress.configuration.loader import read_yaml
from tests.clones import environment, run, stages_run

COMMAND = [sys.executable, "-m", "letterpress", "jobs", ".", "--jobs", "2"]
PATIENCE = 300  # seconds


@pytest.fixture
def clone(finished, tmp_path):
    """Copy `finished` without its outputs and its cache."""
    clone = shutil.copytree(finished, tmp_path / "clone", ignore=shutil.ignore_patterns("cache", "runs"))
    for name in ("data", "models", "report", "metrics"):
        shutil.rmtree(clone / name)
    (clone / "dvc.lock").unlink()
    return clone


def start(clone, output) -> subprocess.Popen:
    """Start the command as from a terminal, even where this process ignores interrupts."""
    return subprocess.Popen(
        COMMAND,
        cwd=clone,
        env=environment(),
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def training(clone, member: str) -> list[psutil.Process]:
    """Return the processes that train a member in this clone."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[-2:] == ["train", member] and process.cwd() == str(clone):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess, psutil.AccessDenied):
            continue
    return found


def wait_for_checkpoint(clone, process: subprocess.Popen, *members: str) -> None:
    """Wait until one of the members' trainings is in its second epoch or later."""
    deadline = time.monotonic() + PATIENCE
    while not any((clone / f"checkpoints/{member}.npz").exists() for member in members):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_interrupted_killed_and_run_again_it_ends_like_dvc_repro(finished, clone, tmp_path):
    with (tmp_path / "first.txt").open("w") as output:
        interrupted = start(clone, output)
        wait_for_checkpoint(clone, interrupted, "m0", "m1")  # whichever is first: then neither has ended
        interrupted.send_signal(signal.SIGINT)
        assert interrupted.wait(PATIENCE) == 130
    assert training(clone, "m0") == training(clone, "m1") == []
    (clone / "checkpoints/m1.npz").unlink(missing_ok=True)

    with (tmp_path / "second.txt").open("w") as output:
        killed = start(clone, output)
        wait_for_checkpoint(clone, killed, "m1")
        for process in training(clone, "m1"):
            process.send_signal(signal.SIGKILL)
        assert killed.wait(PATIENCE) == 2
    text = (tmp_path / "second.txt").read_text()
    assert text.splitlines()[-1] == "letterpress jobs: 1 of 2 members failed; their output is in logs/m1.log."
    assert "m0: done" in text
    assert "m1: failed" in text
    assert (clone / "data/predictions/m0.npz").exists()

    output = run(clone, *COMMAND)
    assert "m1: done" in output
    assert "m0: runs" not in output
    assert {"average", "report", "submit"} <= set(stages_run(output))
    assert read_yaml(clone / "dvc.lock") == read_yaml(finished / "dvc.lock")  # in the order in which stages ended


def test_members_that_are_up_to_date_are_not_stale(finished):
    assert jobs.stale_members(finished, ["m0", "m1"]) == []

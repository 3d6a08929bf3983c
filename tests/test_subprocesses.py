"""Subprocesses run on their own cores, their output is logged, and they stop together with their own children."""

import os
import sys
import threading
import time

import psutil
import pytest

from letterpress.infrastructure import subprocesses
from letterpress.infrastructure.hardware import available_cores
from letterpress.infrastructure.subprocesses import Subprocesses, cores_for_slot

PYTHON = [sys.executable, "-c"]


@pytest.mark.parametrize(
    ("slot", "slots", "expected"),
    [(0, 1, [2, 3, 5]), (0, 2, [2, 5]), (1, 2, [3]), (2, 3, [5]), (3, 4, [2]), (4, 5, [3])],
)
def test_cores_are_divided_and_shared_where_they_are_few(monkeypatch, slot, slots, expected):
    monkeypatch.setattr(subprocesses, "available_cores", lambda: [2, 3, 5])
    assert cores_for_slot(slot, slots) == expected


def test_lines_go_to_the_log_and_to_the_callback(tmp_path):
    lines = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    log = tmp_path / "logs/a.log"
    assert Subprocesses().run([*PYTHON, code], tmp_path, log, available_cores(), lines.append) == 3
    assert sorted(lines) == sorted(log.read_text().split()) == ["one", "two"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores")
def test_a_subprocess_has_its_cores_and_as_many_threads_as_alone(tmp_path):
    lines, cores = [], available_cores()
    code = f"import os, time; time.sleep(0.5); print(os.sched_getaffinity(0), os.environ[{subprocesses.THREADS!r}])"
    Subprocesses().run([*PYTHON, code], tmp_path, tmp_path / "a.log", cores[:1], lines.append)
    assert lines == [f"{{{cores[0]}}} {os.environ.get(subprocesses.THREADS, len(cores))}"]


def test_stop_ends_subprocesses_and_their_children(tmp_path):
    code = """
import signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(9)"
subprocess.run([sys.executable, "-c", deaf])
"""
    processes, ready, statuses = Subprocesses(), threading.Event(), []
    others = set(psutil.Process().children(recursive=True))

    def run():
        log, cores = tmp_path / "a.log", available_cores()
        statuses.append(processes.run([*PYTHON, code], tmp_path, log, cores, lambda _: ready.set()))

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    descendants = set(psutil.Process().children(recursive=True)) - others
    assert len(descendants) >= 2
    started = time.monotonic()
    processes.stop()
    thread.join(60)
    assert time.monotonic() - started < subprocesses.STOP_SECONDS + 20
    psutil.wait_procs(descendants, timeout=10)
    assert [process for process in descendants if process.is_running() and process.status() != "zombie"] == []
    assert statuses == [-15]
    with pytest.raises(InterruptedError):
        processes.run([*PYTHON, "pass"], tmp_path, tmp_path / "b.log", available_cores(), print)

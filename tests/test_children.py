"""Children run on cores of their own, tell what they say, and end together with their own children."""

import os
import sys
import threading
import time

import psutil
import pytest

from letterpress.infrastructure import subprocesses as children
from letterpress.infrastructure.subprocesses import Children, cores, share

PYTHON = [sys.executable, "-c"]


@pytest.mark.parametrize(
    ("slot", "slots", "expected"),
    [(0, 1, [2, 3, 5]), (0, 2, [2, 5]), (1, 2, [3]), (2, 3, [5]), (3, 4, [2]), (4, 5, [3])],
)
def test_cores_are_divided_and_shared_where_they_are_few(monkeypatch, slot, slots, expected):
    monkeypatch.setattr(children, "cores", lambda: [2, 3, 5])
    assert share(slot, slots) == expected


def test_lines_go_to_the_log_and_to_the_listener(tmp_path):
    lines = []
    code = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
    status = Children().run([*PYTHON, code], tmp_path, tmp_path / "logs/a.log", cores(), lines.append)
    assert status == 3
    assert sorted(lines) == ["one", "two"]
    assert sorted((tmp_path / "logs/a.log").read_text().split()) == ["one", "two"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins processes to cores")
def test_a_child_has_its_cores_and_as_many_threads_as_alone(tmp_path):
    lines, mine = [], cores()
    code = f"import os, time; time.sleep(0.5); print(os.sched_getaffinity(0), os.environ[{children.THREADS!r}])"
    Children().run([*PYTHON, code], tmp_path, tmp_path / "a.log", mine[:1], lines.append)
    assert lines == [f"{{{mine[0]}}} {os.environ.get(children.THREADS, len(mine))}"]


def test_stopping_ends_children_and_their_children(tmp_path):
    code = """
import signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(9)"
subprocess.run([sys.executable, "-c", deaf])
"""
    all_children, ready, ended = Children(), threading.Event(), []

    def run():
        ended.append(all_children.run([*PYTHON, code], tmp_path, tmp_path / "a.log", cores(), lambda _: ready.set()))

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(60)
    family = psutil.Process().children(recursive=True)
    assert len(family) >= 2
    started = time.monotonic()
    all_children.stop()
    thread.join(60)
    assert time.monotonic() - started < children.PATIENCE + 20
    psutil.wait_procs(family, timeout=10)
    assert [process for process in family if process.is_running() and process.status() != "zombie"] == []
    assert ended == [-15]
    with pytest.raises(InterruptedError):
        all_children.run([*PYTHON, "pass"], tmp_path, tmp_path / "b.log", cores(), print)

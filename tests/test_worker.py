"""What runs on a node of a cluster, without a cluster."""

import ast
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from letterpress.cluster import worker
from letterpress.cluster.worker import read_files, run, version_differences, write_files
from tests.imports import ROOT

PYTHON = platform.python_version().rpartition(".")[0]


def test_equal_versions_do_not_differ():
    assert version_differences({"python": PYTHON, "numpy": metadata.version("numpy")}) == []


def test_other_versions_and_missing_packages_are_named():
    differences = version_differences({"python": "2.7", "numpy": "0.1", "nowhere": "3"})
    assert differences[0] == f"python {PYTHON}, not 2.7"
    assert differences[1].startswith("numpy ")
    assert differences[1].endswith(", not 0.1")
    assert differences[2] == "nowhere is missing, not 3"


def test_files_and_folders_are_read_and_written(tmp_path):
    files = {"a/b.txt": b"b", "a/deep/c.bin": bytes(range(256)), "d": b""}
    write_files(files, tmp_path)
    assert read_files(["a", "d", "missing"], tmp_path) == files


def test_a_command_runs_on_its_files_and_its_outputs_come_back():
    code = "import os; print('one'); open('out', 'w').write(open('in').read() + os.environ['X']); print('two')"
    steps = list(run({"in": b"1"}, ["-c", code], {"X": "2"}, "checkpoint", 0.0, ["out"]))
    assert steps == [("line", "one"), ("line", "two"), ("files", {"out": b"12"})]


def test_checkpoints_are_sent_at_most_once_per_interval():
    code = (
        "import time\nfor i in range(4): open('checkpoint', 'w').write(str(i)); print(i, flush=True); time.sleep(0.3)"
    )
    started = time.monotonic()
    events = [event for event, _ in run({}, ["-c", code], {}, "checkpoint", 0.45, [])]
    assert 1 <= events.count("checkpoint") <= (time.monotonic() - started) / 0.45


def test_a_failing_command_yields_its_status():
    assert list(run({}, ["-c", "raise SystemExit(3)"], {}, "checkpoint", 1.0, ["out"])) == [("status", 3)]


def test_closing_the_iterator_kills_the_command():
    steps = run(
        {}, ["-c", "import os, time; print(os.getpid(), flush=True); time.sleep(99)"], {}, "checkpoint", 1.0, []
    )
    _, number = next(steps)
    steps.close()
    assert not psutil.pid_exists(int(number)) or psutil.Process(int(number)).status() == "zombie"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_killed_worker_leaves_nothing_running():
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from letterpress.cluster.worker import run
code = "import os, time; print(os.getpid(), flush=True); time.sleep(99)"
for _, line in run({{}}, ["-c", code], {{}}, "", 1.0, []):
    print(line, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        child = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while child.is_running() and child.status() != "zombie":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_killed_worker_leaves_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import sys, time; from letterpress.cluster.worker import scratch_folder\n" + (
        "with scratch_folder() as folder: (folder / 'a').touch(); print(folder, flush=True); time.sleep(99)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    (tmp_path / "letterpress-notes").write_text("a file of another's")
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running,
    ):
        folders = [Path(process.stdout.readline().strip()) for process in (killed, running)]
        killed.kill()
        killed.wait()
        with worker.scratch_folder() as new:  # a new folder may be one that waits for its lock
            assert {path.name for path in tmp_path.iterdir()} == {
                "letterpress-notes",
                new.name,
                *(f.name for f in folders),
            }
        for folder in folders:
            os.utime(folder, (0, 0))
        with worker.scratch_folder():
            assert [folder.exists() for folder in folders] == [False, True]
        running.kill()
    assert (tmp_path / "letterpress-notes").exists()


def test_the_module_imports_the_standard_library_only():
    """Ray sends the module's code to nodes without the project."""
    tree = ast.parse(Path(worker.__file__).read_text(encoding="utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imported for alias in node.names if isinstance(node, ast.Import)}
    names |= {node.module for node in imported if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names

"""Real faults: no partial output passes for a whole one, and a plain `dvc repro` ends as without them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
import yaml

from tests.clones import EPOCHS, environment, run
from tests.counts import FAULTS, LOST, count
from tests.imports import ROOT

TIMEOUT = 900  # seconds
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
OF_MEMBERS = {"pretrain": "stem_vgg_bn", "train": "m0", "predict": "m0"}
MOMENTS = (0.3, 0.6, 0.8, 0.9, 0.95)  # shares of a stage's whole time
DELAYS = (0.0, 0.001, 0.004)  # seconds after a write has begun
IN_NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]  # with mounts that nobody else sees
MOUNTS = {
    "full": "mount -t tmpfs -o size=16k none {folder}",
    "read-only": "mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}",
}
T = TypeVar("T")
CAN_MOUNT = (
    sys.platform == "linux"
    and shutil.which("unshare") is not None
    and subprocess.run([*IN_NAMESPACE, "mount -t tmpfs none /mnt"], capture_output=True).returncode == 0
)


@pytest.fixture
def fresh(finished, tmp_path) -> Path:
    """Copy `finished`, before anything has run."""
    clone = shutil.copytree(finished, tmp_path / "clone", ignore=shutil.ignore_patterns("cache", "runs"))
    for name in ("data", "models", "report", "metrics"):
        shutil.rmtree(clone / name)
        (clone / name).mkdir()
    (clone / "dvc.lock").unlink()
    return clone


@pytest.fixture(scope="module")
def clone(finished, tmp_path_factory) -> Path:
    """Copy `finished`, for stages that are run by hand and change nothing in the end."""
    return shutil.copytree(finished, tmp_path_factory.mktemp("faults") / "clone")


def outputs(stage: str, key: str | None) -> list[str]:
    """List the paths of a stage's outputs in dvc.yaml."""
    entry = STAGES[stage].get("do", STAGES[stage])
    named = [item for key in ("outs", "metrics", "plots") for item in entry.get(key, [])]
    paths = [item if isinstance(item, str) else next(iter(item)) for item in named]
    name = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["dataset"]["name"]
    return [path.replace("${dataset.name}", name).replace("${key}", str(key)) for path in paths]


def content(path: Path) -> dict[str, bytes]:
    """Return all bytes of a file or folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    return {str(file.relative_to(path)): file.read_bytes() for file in files if file.is_file()}


def lost(finished: Path, clone: Path) -> int:
    """Count the bytes of the outputs that differ from a run without a fault."""
    number = 0
    for stage, entry in STAGES.items():
        for key in ("m0", "m1") if stage in ("train", "predict") else (OF_MEMBERS.get(stage),):
            for path in outputs(stage, key):
                had, has = content(finished / path), content(clone / path)
                assert had, (stage, entry, path)
                number += sum(len(had[name]) for name in had if has.get(name) != had[name])
    return number


def check_rerun(finished: Path, clone: Path) -> None:
    """Check that a plain `dvc repro` leaves what a run without a fault leaves, and no other file."""
    run(clone, "dvc", "repro")
    assert (clone / "dvc.lock").read_text() == (finished / "dvc.lock").read_text()
    bytes_lost = lost(finished, clone)
    count(LOST, bytes_lost)
    assert bytes_lost == 0
    assert leftovers(clone) == []


def leftovers(clone: Path) -> list[Path]:
    return [*clone.rglob(".partial.*"), *clone.rglob(".replaced.*"), *clone.glob("checkpoints/*")]


def wait_for(found: Callable[[], T]) -> T:
    """Wait for the first true result."""
    deadline = time.monotonic() + TIMEOUT
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return result


def started(clone: Path, *command: str) -> subprocess.Popen:
    """Start a command as from a terminal, in a process group of its own."""
    return subprocess.Popen(
        command,
        cwd=clone,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def running(clone: Path) -> list[psutil.Process]:
    """List the processes that run in this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(clone) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def kill_group(process: subprocess.Popen) -> None:
    if process.poll() is None:
        count(FAULTS)
    with suppress(ProcessLookupError, PermissionError):  # it may just have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_dvc_and_all_its_children_are_killed_in_training(finished, fresh):
    command = started(fresh, "dvc", "repro")
    wait_for(lambda: (fresh / "checkpoints/m0.npz").exists() or command.poll() is not None)
    kill_group(command)
    run(fresh, "dvc", "repro", "train@m0")
    assert 0 < json.loads((fresh / "metrics/runs/train@m0.json").read_text())["epochs"] < EPOCHS
    check_rerun(finished, fresh)


@pytest.mark.long
def test_dvc_alone_is_killed_and_its_training_ends_with_it(finished, fresh):
    command = started(fresh, "dvc", "repro")
    wait_for(lambda: (fresh / "checkpoints/m0.npz").exists() or command.poll() is not None)
    command.kill()
    command.communicate()
    count(FAULTS)
    wait_for(lambda: running(fresh) == [])
    assert not (fresh / "models/m0").exists()
    check_rerun(finished, fresh)


@pytest.mark.long
def test_two_runs_at_once_end_as_one(finished, fresh):
    both = [started(fresh, "dvc", "repro") for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    count(FAULTS)
    assert any(process.returncode == 0 for process in both) or all("is busy" in text for text in said), said
    check_rerun(finished, fresh)


@pytest.mark.long
def test_a_killed_rendering_process_is_reported(finished, fresh):
    command = started(fresh, "dvc", "repro", "fetch")
    wait_for(lambda: worker(command)).kill()
    said, _ = command.communicate()
    count(FAULTS)
    assert re.search(
        r"^fetch: the system has killed a process, .*; free some, and run it again\.$", said, re.MULTILINE
    )
    assert "Traceback" not in said
    assert not list((fresh / "data").rglob("*.zip"))
    check_rerun(finished, fresh)


def worker(command: subprocess.Popen) -> psutil.Process | None:
    """Find a worker process of the stage that DVC runs."""
    assert command.poll() is None
    children = psutil.Process(command.pid).children(recursive=True)
    pids = {child.pid for child in children}
    at_work = [child for child in children if child.ppid() in pids and "tracker" not in " ".join(child.cmdline())]
    return next(iter(at_work), None)


@pytest.mark.long
@pytest.mark.skipif(not CAN_MOUNT, reason="mounting in a namespace is not allowed here")
@pytest.mark.parametrize(
    ("fault", "says"), [("full", "No space left on device"), ("read-only", "Read-only file system")]
)
def test_a_disk_that_cannot_be_written_is_reported_in_a_sentence(finished, fresh, fault, says):
    for folder in ("data", "models", "checkpoints", "metrics", "report"):
        (fresh / folder).mkdir(exist_ok=True)
        command = started(fresh, *IN_NAMESPACE, f"{MOUNTS[fault].format(folder=folder)}; exec dvc repro")
        said, _ = command.communicate()
        count(FAULTS)
        assert command.returncode != 0, folder
        assert says in said, (folder, said)
        assert "Traceback" not in said, (folder, said)
    check_rerun(finished, fresh)


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_is_killed_leaves_whole_outputs_or_none(finished, clone, stage):
    key = OF_MEMBERS.get(stage)
    command = [sys.executable, "stages", stage, *([key] if key else [])]
    begun = time.monotonic()
    run(clone, *command)
    seconds = time.monotonic() - begun
    for moment in MOMENTS:
        remove(clone, stage, key)
        process = started(clone, *command)
        time.sleep(moment * seconds)
        kill_group(process)
        assert broken(finished, clone, stage, key) == []
    for pause in DELAYS:
        remove(clone, stage, key)
        process = started(clone, *command)
        while process.poll() is None and not being_written(clone, stage, key):
            pass
        time.sleep(pause)
        kill_group(process)
        assert broken(finished, clone, stage, key) == []
    run(clone, *command)
    assert [path for path in outputs(stage, key) if content(clone / path) != content(finished / path)] == []
    assert leftovers(clone) == []


def remove(clone: Path, stage: str, key: str | None) -> None:
    """Remove the outputs, as DVC does before it runs a stage."""
    for path in outputs(stage, key):
        if (clone / path).is_dir():
            shutil.rmtree(clone / path)
        else:
            (clone / path).unlink(missing_ok=True)


def being_written(clone: Path, stage: str, key: str | None) -> bool:
    return any(list((clone / path).parent.glob(f".partial.*{Path(path).name}*")) for path in outputs(stage, key))


def broken(finished: Path, clone: Path, stage: str, key: str | None) -> list[str]:
    """List the outputs that exist, but are not whole."""
    existing = [path for path in outputs(stage, key) if (clone / path).exists()]
    return [path for path in existing if content(clone / path) != content(finished / path)]


@pytest.mark.long
def test_a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been(finished, fresh):
    begun = time.monotonic()
    for attempt in range(1, 30):
        command = started(fresh, "dvc", "repro")
        try:
            command.communicate(timeout=4.0 + attempt)
            break
        except subprocess.TimeoutExpired:
            kill_group(command)
    assert attempt > 3, time.monotonic() - begun
    check_rerun(finished, fresh)

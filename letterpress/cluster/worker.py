"""Run a command on a node of a cluster, on files that it is sent; only Python's standard library is imported.

Ray sends this module's code along; nothing of the project has to be on the node.
"""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

Files = dict[str, bytes]  # by path
PR_SET_PDEATHSIG = 1  # of Linux's prctl
SCRATCH = "letterpress-"  # how the names of temporary folders begin
NEW_SECONDS = 60  # within which a folder may be waiting for its lock


def version_differences(required: Mapping[str, str]) -> list[str]:
    """Return how this node's versions of Python and packages differ from the required ones."""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in required.keys() - found.keys():
        for distribution in (name, f"{name}-cpu"):  # TensorFlow has a smaller wheel of another name
            with contextlib.suppress(metadata.PackageNotFoundError):
                found[name] = metadata.version(distribution)
    return [
        f"{name} {found.get(name, 'is missing')}, not {version}"
        for name, version in required.items()
        if found.get(name) != version
    ]


def run(
    files: Files,
    arguments: list[str],
    environment: Mapping[str, str],
    checkpoint: str,
    seconds: float,
    outputs: Iterable[str],
) -> Iterator[tuple[str, object]]:
    """Run Python in a temporary folder of these files.

    Yields ("line", text) for each line of its output; ("checkpoint", bytes) at
    most every `seconds`; and at the end ("files", Files) of the outputs, or
    ("status", number) where that is not 0.

    Args:
        files: what the folder holds.
        arguments: of Python.
        environment: additional variables.
        checkpoint: the path of a file that the command keeps rewriting.
        seconds: between two checkpoints.
        outputs: paths of files, and of folders, which are taken with all their files.
    """
    with scratch_folder() as folder:
        write_files(files, folder)
        with _start_process([sys.executable, *arguments], folder, environment) as process:
            try:
                sent = time.monotonic()
                for line in process.stdout:
                    yield "line", line.rstrip("\n")
                    if time.monotonic() - sent >= seconds and (folder / checkpoint).exists():
                        sent = time.monotonic()
                        yield "checkpoint", (folder / checkpoint).read_bytes()
                status = process.wait()
            finally:
                process.kill()  # also where the caller has stopped listening
        if status:
            yield "status", status
        else:
            yield "files", read_files(outputs, folder)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a temporary folder, and remove those that killed processes left: only a running one keeps its lock."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with contextlib.suppress(OSError), _locked(leftover, fcntl.LOCK_NB):
            if time.time() - leftover.stat().st_mtime > NEW_SECONDS:
                shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=SCRATCH) as name, _locked(Path(name)):
        yield Path(name)


@contextlib.contextmanager
def _locked(folder: Path, flags: int = 0) -> Iterator[None]:
    """Hold a folder's lock, which the system releases when this process ends; OSError for links and files."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | flags)
        yield
    finally:
        os.close(handle)


def _start_process(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


def _die_with_parent() -> None:
    """Have Linux kill this process when its parent, which is Ray's, is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def write_files(files: Files, folder: Path) -> None:
    """Write files into a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def read_files(paths: Iterable[str], folder: Path) -> Files:
    """Read files below a folder, and all files of folders among the paths; missing ones are left out."""
    found = {}
    for path in paths:
        inside = sorted((folder / path).rglob("*")) if (folder / path).is_dir() else [folder / path]
        found |= {file.relative_to(folder).as_posix(): file.read_bytes() for file in inside if file.is_file()}
    return found

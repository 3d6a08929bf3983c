"""What a node of a cluster does: run a command on files that it is sent, with Python's own library alone.

Ray sends this module's code along; nothing of the project need be on the node.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

Files = dict[str, bytes]  # by path
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux's prctl


def differences(wanted: Mapping[str, str]) -> list[str]:
    """How this node's Python and packages differ from those that are wanted."""
    found = {"python": ".".join(map(str, sys.version_info[:2]))}
    for name in wanted.keys() - found.keys():
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return [
        f"{name} {found.get(name, 'is missing')}, not {version}"
        for name, version in wanted.items()
        if found.get(name) != version
    ]


def run(
    files: Files,
    arguments: list[str],
    environment: Mapping[str, str],
    kept: str,
    every: float,
    outputs: Iterable[str],
) -> Iterator[tuple[str, object]]:
    """Run Python with these arguments in a folder of these files.

    Yields ("line", text) for each line that it prints; ("kept", bytes) of the
    file `kept`, no more often than `every` seconds; and in the end ("files",
    Files) of the outputs, or ("status", number) where that is not 0.
    """
    with tempfile.TemporaryDirectory(prefix="letterpress-") as name:
        folder = Path(name)
        write(files, folder)
        with _start([sys.executable, *arguments], folder, environment) as process:
            try:
                sent = time.monotonic()
                for line in process.stdout:
                    yield "line", line.rstrip("\n")
                    if time.monotonic() - sent >= every and (folder / kept).exists():
                        sent = time.monotonic()
                        yield "kept", (folder / kept).read_bytes()
                status = process.wait()
            finally:
                process.kill()  # where nobody listens any more
        if status:
            yield "status", status
        else:
            yield "files", read(outputs, folder)


def _start(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.Popen:
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
    """Nothing goes on training when Ray's process is killed."""
    ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)


def write(files: Files, folder: Path) -> None:
    """Write files into a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def read(paths: Iterable[str], folder: Path) -> Files:
    """Read files of a folder, and all files of its folders that are named."""
    found = {}
    for path in paths:
        inside = sorted((folder / path).rglob("*")) if (folder / path).is_dir() else [folder / path]
        found |= {file.relative_to(folder).as_posix(): file.read_bytes() for file in inside if file.is_file()}
    return found

"""Run a recipe, training several members in parallel.

letterpress jobs [RECIPE_DIR] --jobs 4

The stages before training run as in `dvc repro`, then the stale members, up to
--jobs at a time, then the rest. If a member fails the others still finish; the
next call trains what is missing.
"""

import argparse
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from letterpress.commands.arguments import add_recipe, whole_number
from letterpress.infrastructure.dvc_lock import status_of
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.progress_board import ProgressBoard
from letterpress.infrastructure.subprocesses import Subprocesses, cores_for_slot

DVC = [sys.executable, "-m", "dvc"]
LOGS = "logs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe and the number of members at a time."""
    add_recipe(parser, optional=True)
    parser.add_argument("--jobs", type=whole_number(1), required=True, metavar="N", help="members at a time")


def run(arguments: argparse.Namespace) -> None:
    """Run a recipe's stale stages; raise UserError where a stage has failed."""
    from letterpress.configuration.params import load_params

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a KeyboardInterrupt, which stops the subprocesses
    folder = arguments.recipe
    members = list(load_params(folder / "params.yaml").ensemble.members)
    repro(folder, "split", "pretrain")
    stale = stale_members(folder, members)
    if failed := train_members(folder, stale, arguments.jobs):
        logs = ", ".join(str(folder / LOGS / f"{key}.log") for key in failed)
        raise UserError(f"{len(failed)} of {len(stale)} members failed; their output is in {logs}.")
    repro(folder)


def repro(folder: Path, *targets: str) -> None:
    """Run stages one after another, as `dvc repro` does."""
    if subprocess.run([*DVC, "repro", *targets], cwd=folder).returncode:
        raise UserError(f"{folder}: a stage failed; its message is above.")


def stale_members(folder: Path, members: list[str]) -> list[str]:
    """Return the members whose stages train or predict do not match dvc.lock."""
    status = status_of(folder)
    return [key for key in members if {f"train@{key}", f"predict@{key}"} & status.keys()]


def train_members(folder: Path, members: list[str], jobs: int) -> list[str]:
    """Run train and predict of each member, at most `jobs` members at a time; return those that failed."""
    slots: SimpleQueue[int] = SimpleQueue()
    n_slots = max(1, min(jobs, len(members)))
    for slot in range(n_slots):
        slots.put(slot)
    processes, failed = Subprocesses(), []
    with ProgressBoard(members) as board, ThreadPoolExecutor(n_slots) as pool:

        def train_member(key: str) -> int:
            slot = slots.get()
            board.start(key)
            command = [*DVC, "--wait-for-lock", "repro", "--single-item", f"train@{key}", f"predict@{key}"]
            log, cores = folder / LOGS / f"{key}.log", cores_for_slot(slot, n_slots)
            try:
                status = processes.run(command, folder, log, cores, lambda line: board.line(key, line))
            finally:
                slots.put(slot)
            board.end(key, failed=status != 0)
            return status

        running = {pool.submit(train_member, key): key for key in members}
        try:
            failed = [running[done] for done in as_completed(running) if done.result() != 0]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            processes.stop()
            raise
    return sorted(failed, key=members.index)

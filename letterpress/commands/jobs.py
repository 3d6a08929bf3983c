"""Run a recipe with several members side by side.

python -m letterpress.commands.jobs [RECIPE_DIR] --jobs 4

Everything up to the members runs as `dvc repro` runs it, then the members that
are stale, so many at a time, then the rest. A member that fails keeps none of
the others from their end; the next call trains what is missing.
"""

import argparse
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from letterpress.configuration.params import load_params
from letterpress.infrastructure.dvc_lock import status_of
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.progress_board import ProgressBoard
from letterpress.infrastructure.subprocesses import Subprocesses, cores_for_slot

DVC = [sys.executable, "-m", "dvc"]
LOGS = "logs"


def main() -> None:
    """Run what the command line names; the exit status is 1 where a stage has failed."""
    parser = argparse.ArgumentParser(prog="python -m letterpress.commands.jobs", description=__doc__.splitlines()[0])
    parser.add_argument("recipe", nargs="?", type=Path, default=Path(), metavar="RECIPE_DIR")
    parser.add_argument("--jobs", type=int, required=True, metavar="N", help="how many members at a time")
    arguments = parser.parse_args()
    if arguments.jobs < 1:
        parser.error(f"argument --jobs: expected a whole number above 0, received {arguments.jobs}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, the children are, too
    try:
        run(arguments.recipe, arguments.jobs)
    except UserError as error:
        print(f"jobs: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def run(folder: Path, jobs: int) -> None:
    """Bring a recipe up to date; raises UserError where a stage has failed."""
    members = list(load_params(folder / "params.yaml").ensemble.members)
    repro(folder, "split", "pretrain")
    stale = stale_members(folder, members)
    if failed := side_by_side(folder, stale, jobs):
        logs = ", ".join(str(folder / LOGS / f"{key}.log") for key in failed)
        raise UserError(f"{len(failed)} of {len(stale)} members failed; what they said is in {logs}.")
    repro(folder)


def repro(folder: Path, *targets: str) -> None:
    """Run stages one after another, as DVC does."""
    if subprocess.run([*DVC, "repro", *targets], cwd=folder).returncode:
        raise UserError(f"{folder}: a stage failed; what it said is above.")


def stale_members(folder: Path, members: list[str]) -> list[str]:
    """The members whose training or judgement is not as dvc.lock has it."""
    status = status_of(folder)
    return [key for key in members if {f"train@{key}", f"predict@{key}"} & status.keys()]


def side_by_side(folder: Path, members: list[str], jobs: int) -> list[str]:
    """Let members train and judge, at most `jobs` at a time; returns those that failed."""
    slots: SimpleQueue[int] = SimpleQueue()
    count = max(1, min(jobs, len(members)))
    for slot in range(count):
        slots.put(slot)
    children, failed = Children(), []
    with ProgressBoard(members) as board, ThreadPoolExecutor(count) as pool:
        running = {pool.submit(_run_member, folder, key, slots, count, children, board): key for key in members}
        try:
            failed = [running[done] for done in as_completed(running) if done.result() != 0]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            children.stop()
            raise
    return sorted(failed, key=members.index)


def _run_member(
    folder: Path, key: str, slots: SimpleQueue, count: int, children: Children, board: ProgressBoard
) -> int:
    slot = slots.get()
    board.start(key)
    command = [*DVC, "--wait-for-lock", "repro", "--single-item", f"train@{key}", f"predict@{key}"]
    log = folder / LOGS / f"{key}.log"
    try:
        status = children.run(command, folder, log, share(slot, count), lambda line: board.line(key, line))
    finally:
        slots.put(slot)
    board.end(key, failed=status != 0)
    return status


if __name__ == "__main__":
    main()

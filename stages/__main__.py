"""Run one stage: python stages NAME [MEMBER], in the folder of a recipe.

All of params.yaml is read and checked once, before any work. How the run went
is recorded in metrics/runs/. A mistake that the user can mend ends in one
sentence and exit status 2.
"""

import inspect
import os
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)

from letterpress.configuration.params import load_params  # noqa: E402
from letterpress.infrastructure import hardware, run_metadata  # noqa: E402
from letterpress.infrastructure.errors import UserError  # noqa: E402
from letterpress.infrastructure.parallel import end_with_parent  # noqa: E402


def main() -> None:
    """Run the stage that the command line names."""
    names = sorted(file.stem for file in (ROOT / "stages").glob("[a-z]*.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python stages NAME [MEMBER], where NAME is one of {', '.join(names)}")
    name, arguments = sys.argv[1], sys.argv[2:]
    stage = "@".join([name, *arguments])
    if "DVC_STAGE" in os.environ:  # DVC has started it (or a shell has for DVC, which then is not seen to end)
        end_with_parent(os.getppid())
    try:
        started = time.perf_counter()
        facts = run(name, arguments) or {}
        cost = {"seconds": round(time.perf_counter() - started, 2), "peak_memory_mb": hardware.peak_memory_mb()}
        run_metadata.record(stage, cost | {"machine": hardware.describe()} | facts)
    except (UserError, OSError, MemoryError) as error:
        print(f"{stage}: {explain(error, stage)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def explain(error: Exception, stage: str) -> str:
    """Say in one sentence what went wrong and what a person can do."""
    match error:
        case UserError():
            return str(error)
        case FileNotFoundError():
            return f"{error.filename} is missing; run `dvc repro {stage}`."
        case MemoryError():
            return f"there is too little memory; free some, and run `dvc repro {stage}` again."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; mend that, and run `dvc repro {stage}` again."


def run(name: str, arguments: list[str]) -> dict | None:
    """Run a stage here, or a training on the cluster that params.yaml names.

    Returns what the stage reports for metrics/runs/, or None.
    """
    params = load_params()
    if name == "train" and params.cluster is not None:
        stage_main = import_module("letterpress.cluster.ray_cluster").train
    else:
        stage_main = import_module(f"stages.{name}").main
    expected = len(inspect.signature(stage_main).parameters) - 1
    if len(arguments) != expected:
        what = "the key of a member or network in params.yaml" if expected else "no argument"
        raise UserError(f"expected {what}, received {' '.join(arguments) or 'none'}.")
    return stage_main(params, *arguments)


if __name__ == "__main__":
    main()

"""Open one stage's door: python stages NAME [MEMBER], in the folder of a recipe.

The library is taken from this very checkout, wherever DVC runs it. All of
params.yaml is checked before any work; how the run went is noted in
metrics/runs/; a mistake that the user can mend ends in one sentence and exit
status 2.
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
from letterpress.infrastructure import hardware as machine  # noqa: E402
from letterpress.infrastructure import run_metadata as runs  # noqa: E402
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
        note = {"seconds": round(time.perf_counter() - started, 2), "peak_memory_mb": machine.peak_memory_mb()}
        runs.record(stage, note | {"machine": machine.describe()} | facts)
    except (UserError, OSError, MemoryError) as error:
        print(f"{stage}: {explain(error, stage)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def explain(error: Exception, stage: str) -> str:
    """One sentence on what a person can mend."""
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
    """Run a stage here, or a training on the cluster that params.yaml names."""
    params = load_params()
    if name == "train" and params.cluster is not None:
        stage_main = import_module("letterpress.cluster.ray_cluster").train
    else:
        stage_main = import_module(f"stages.{name}").main
    if len(arguments) != len(inspect.signature(stage_main).parameters):
        wanted = "no argument" if arguments else "the key of a member of params.yaml"
        raise UserError(f"expected {wanted}, received {' '.join(arguments) or 'none'}.")
    return stage_main(*arguments)


if __name__ == "__main__":
    main()

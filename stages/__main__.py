"""Open one stage's door: python stages NAME [MEMBER], in the folder of a recipe.

The library is taken from this very checkout, wherever DVC runs it. All of
params.yaml is checked before any work; how the run went is noted in
metrics/runs/; a mistake that the user can mend ends in one sentence and exit
status 2.
"""

import inspect
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)

from letterpress import machine, runs  # noqa: E402
from letterpress.errors import UserError  # noqa: E402
from letterpress.params.whole import load_all  # noqa: E402


def main() -> None:
    """Run the stage that the command line names."""
    names = sorted(file.stem for file in (ROOT / "stages").glob("[a-z]*.py"))
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python stages NAME [MEMBER], where NAME is one of {', '.join(names)}")
    name, arguments = sys.argv[1], sys.argv[2:]
    stage = "@".join([name, *arguments])
    started = time.perf_counter()
    try:
        facts = run(name, arguments)
    except FileNotFoundError as error:
        print(f"{stage}: {error.filename} is missing; run `dvc repro {stage}`.", file=sys.stderr)
        sys.exit(2)
    except UserError as error:
        print(f"{stage}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    seconds = round(time.perf_counter() - started, 2)
    runs.record(
        stage,
        {"seconds": seconds, "peak_memory_mb": machine.peak_memory_mb(), "machine": machine.describe()}
        | (facts or {}),
    )


def run(name: str, arguments: list[str]) -> dict | None:
    """Run a stage here, or a training on the cluster that params.yaml names."""
    params = load_all()
    if name == "train" and params.cluster is not None:
        stage_main = import_module("letterpress.parallel.cluster").train
    else:
        stage_main = import_module(f"stages.{name}").main
    if len(arguments) != len(inspect.signature(stage_main).parameters):
        wanted = "no argument" if arguments else "the key of a member of params.yaml"
        raise UserError(f"expected {wanted}, received {' '.join(arguments) or 'none'}.")
    return stage_main(*arguments)


if __name__ == "__main__":
    main()

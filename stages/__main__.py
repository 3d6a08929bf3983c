"""Run one stage: python stages NAME [MEMBER], in the folder of a recipe.

All of params.yaml is read and checked once, before any work. How the run went
is recorded in metrics/runs/. A mistake that the user can fix ends in one
sentence and exit status 2.
"""

import os
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[0] = str(ROOT)

from letterpress.configuration.params import load_params  # noqa: E402
from letterpress.infrastructure import hardware, run_metadata  # noqa: E402
from letterpress.infrastructure.errors import UserError, drop_unwritten, explain  # noqa: E402
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
        run_metadata.write_run(stage, cost | {"machine": hardware.describe_hardware()} | facts)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more
        drop_unwritten()
        sys.exit(1)
    except (UserError, OSError, MemoryError) as error:
        print(f"{stage}: {explain_stage(error, stage)}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def explain_stage(error: Exception, stage: str) -> str:
    """Say in one sentence what went wrong and what a user can do."""
    if isinstance(error, FileNotFoundError):
        return f"{error.filename} is missing; run `dvc repro {stage}`."
    return explain(error, f"dvc repro {stage}")


def run(name: str, arguments: list[str]) -> dict | None:
    """Run a stage here, or a training on the cluster that params.yaml names.

    Returns what the stage reports for metrics/runs/, or None.
    """
    params = load_params()
    members, networks = params.ensemble.members, params.pretrain.networks
    keys = {"train": members, "predict": members, "pretrain": networks}.get(name, {})
    if len(arguments) != bool(keys) or not set(arguments) <= keys.keys():
        expected = "the key of a member or network in params.yaml" if keys else "no argument"
        raise UserError(f"expected {expected}, received {' '.join(arguments) or 'none'}.")
    if name == "train" and params.cluster is not None:
        stage_main = import_module("letterpress.cluster.ray_cluster").train
    else:
        stage_main = import_module(f"stages.{name}").main
    return stage_main(params, *arguments)


if __name__ == "__main__":
    main()

"""Search for better parameters: Optuna proposes them, and each trial is a DVC experiment.

letterpress tune RECIPE_DIR --trials 20 -S 'aug.rotation=0..30' -S 'train.label_smoothing=log:0.01..0.2'

The first trial is params.yaml as it is. A trial ends early where its members
so far are less accurate on their validation images than half of the earlier
trials' were. The same command goes on where it was interrupted.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from letterpress.commands.arguments import add_recipe, whole_number
from letterpress.commands.search_space import Dimension, parse_dimension
from letterpress.configuration.loader import read_yaml
from letterpress.infrastructure import git
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.subprocesses import start_group

if TYPE_CHECKING:
    from optuna import Study, Trial

STORAGE = Path(".dvc/tmp/tune.log")  # DVC keeps the folder out of git
EPOCH = re.compile(r"(?P<member>[\w-]+): epoch (?P<epoch>\d+)/(?P<epochs>\d+): .*validation (?P<accuracy>[\d.]+)")
STARTUP_TRIALS = 4  # that are never ended early
STOP_SECONDS = 20  # for DVC to clean up after an interrupt
OBJECTIVES = ("oof", "holdout")  # the first that a recipe has; never the test images


class PrunedError(Exception):
    """A trial is not worth going on with."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, the search spaces, the number of trials and the seed."""
    add_recipe(parser, optional=True)
    parser.add_argument(
        "-S",
        "--set-space",
        dest="spaces",
        action="append",
        required=True,
        metavar="KEY=SPACE",
        help="LOW..HIGH, log:LOW..HIGH or choices as a,b,c; several times for several parameters",
    )
    parser.add_argument("--trials", type=whole_number(1), default=20, metavar="N", help="in all (default: 20)")
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="of the search (default: 0)")


def run(arguments: argparse.Namespace) -> None:
    """Run the trials that are left, a line each; print the best and how to apply it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a KeyboardInterrupt, which ends the experiment
    folder = arguments.recipe
    params = read_yaml(folder / "params.yaml")
    dimensions = [parse_dimension(space, params) for space in arguments.spaces]
    identity = hashlib.sha256(json.dumps([sorted(arguments.spaces), arguments.seed]).encode()).hexdigest()[:6]
    study = open_study(folder, identity, arguments.seed, dimensions)
    done = sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in study.trials)
    if done:
        print(f"going on after {done} trials")
    for _ in range(done, arguments.trials):
        trial = study.ask()
        values = {dimension.key: dimension.suggest(trial) for dimension in dimensions}
        run_trial(study, trial, values, folder, f"tune-{identity}-{trial.number}")
    print_best(study, folder, f"tune-{identity}")


def open_study(folder: Path, identity: str, seed: int, dimensions: list[Dimension]) -> "Study":
    """Create the study in the recipe's folder, with params.yaml as the first trial, or load it.

    Raises UserError where Optuna is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise UserError("optuna is not installed; run `make tune`.") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = folder / STORAGE
    storage.parent.mkdir(parents=True, exist_ok=True)
    backend = optuna.storages.journal.JournalFileBackend(str(storage))
    study = optuna.create_study(
        study_name=identity,
        storage=optuna.storages.JournalStorage(backend),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        direction="maximize",
        load_if_exists=True,
    )
    for trial in study.trials:
        if not trial.state.is_finished():  # of a command that was killed
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    # Another seed after an interruption: the same would propose the first trials once more.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))
    if not study.trials and all(dimension.contains_current() for dimension in dimensions):
        study.enqueue_trial({dimension.key: dimension.current for dimension in dimensions})
    return study


def run_trial(study: "Study", trial: "Trial", values: dict, folder: Path, name: str) -> None:
    """Run one experiment, tell the study its accuracy, and print its line.

    Raises UserError where it fails before any has succeeded.
    """
    from optuna.trial import TrialState

    started, log = time.perf_counter(), folder / f"logs/{name}.log"
    state, accuracy = TrialState.FAIL, None
    try:
        run_experiment(trial, values, folder, name, log)
        accuracy = read_accuracy(folder, name)
        state = TrialState.COMPLETE
    except PrunedError:
        state = TrialState.PRUNED
    except UserError:
        if not any(other.state == TrialState.COMPLETE for other in study.trials):
            study.tell(trial, state=state)
            raise
    study.tell(trial, accuracy, state=state)
    result = {TrialState.COMPLETE: f"{accuracy or 0:.4f}", TrialState.PRUNED: "pruned"}.get(state, f"failed, {log}")
    print(f"{trial.number:4}  {result:8}  {time.perf_counter() - started:6.0f} s  {describe(values)}")


def run_experiment(trial: "Trial", values: dict, folder: Path, name: str, log: Path) -> None:
    """Run `dvc exp run` in a copy of the workspace, and report each finished member.

    Raises PrunedError where it is not worth going on, and UserError that names the log where a stage fails.
    """
    settings = [argument for key, value in values.items() for argument in ("-S", f"{key}={to_yaml(value)}")]
    command = [sys.executable, "-m", "dvc", "exp", "run", "--temp", "--name", name, *settings]
    finished: list[float] = []
    log.parent.mkdir(exist_ok=True)
    with interruptible(command, folder) as process, log.open("w", encoding="utf-8", buffering=1) as file:
        for line in process.stdout:
            file.write(line)
            show_progress(name, line)
            match = EPOCH.match(line)
            if match and match["epoch"] == match["epochs"]:
                finished.append(float(match["accuracy"]))
                trial.report(sum(finished) / len(finished), step=len(finished))
                if trial.should_prune():
                    raise PrunedError
    if process.wait():
        raise UserError(f"{name}: a stage has failed; its output is in {log}.")


@contextmanager
def interruptible(command: list[str], folder: Path) -> Iterator[subprocess.Popen]:
    """Start a command in its own process group, and interrupt all of it when this block is left early."""
    process = start_group(command, folder)
    try:
        yield process
    except BaseException:
        for number in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(STOP_SECONDS)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        raise


def read_accuracy(folder: Path, name: str) -> float:
    """Return an experiment's accuracy out of fold, or without one that of the hold-out."""
    references = git.git(folder, "for-each-ref", "--format=%(refname)", "refs/exps").split()
    reference = next((text for text in references if text.endswith(f"/{name}")), None)
    text = None if reference is None else git.text_at(reference, "metrics/ensemble.json", folder)
    metrics = {} if text is None else json.loads(text)
    part = next((part for part in OBJECTIVES if part in metrics), None)
    if part is None:
        raise UserError(
            f"{folder}/params.yaml: split: an accuracy is needed to compare trials; raise split.validation."
        )
    return metrics[part]["accuracy"]


def print_best(study: "Study", folder: Path, prefix: str) -> None:
    """Print the best trial and the command that applies it."""
    from optuna.trial import TrialState

    complete = study.get_trials(states=(TrialState.COMPLETE,))
    if not complete:
        print("no trial has succeeded")
        return
    best = study.best_trial
    change = f"{100 * (best.value - complete[0].value):+.2f} points to trial {complete[0].number}"
    print(f"best: trial {best.number}, {best.value:.4f} ({change}); apply it with")
    print(f"  {f'cd {folder} && ' if folder != Path() else ''}dvc exp apply {prefix}-{best.number}")


def describe(values: dict) -> str:
    """Return the values of a trial on one line."""
    return "  ".join(f"{key}={to_yaml(value)}" for key, value in values.items())


def to_yaml(value: object) -> str:
    """Return a value as YAML has it."""
    return json.dumps(value) if not isinstance(value, str) else value


def show_progress(name: str, line: str) -> None:
    """Show a training's last line where a terminal is watched."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name}: {line.rstrip()[:90]}", end="\r", file=sys.stderr, flush=True)

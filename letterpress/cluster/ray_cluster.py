"""Train a member on a Ray cluster: send its files, show its lines, take back what it has learned.

A node needs Python and the packages of requirements.lock, but neither the
repository nor its data nor DVC.
"""

import json
import os
import platform
import socket
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody

import ray
import yaml
from ray import exceptions

from letterpress.cluster import worker
from letterpress.configuration.loader import PARAMS, read_yaml
from letterpress.configuration.params import Params, load_params
from letterpress.configuration.project import ClusterConfig
from letterpress.infrastructure import hardware as machine
from letterpress.infrastructure import run_metadata as runs
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write
from letterpress.infrastructure.subprocesses import THREADS, threads
from letterpress.storage import prepared as arrays
from letterpress.training.checkpoint import FOLDER as CHECKPOINTS

ROOT = Path(__file__).parents[2]
CODE = ("letterpress/**/*.py", "stages/*.py")
COMPUTES = ("tensorflow", "jax", "keras", "numpy", "scikit-learn")  # what weights depend on
ATTEMPTS = 3
EVERY = 20.0  # seconds between two checkpoints on their way here
REACHED = 5.0  # seconds within which a head node has to answer


def train(key: str) -> dict:
    """Train a member as stages/train.py does, on some node of the cluster; returns what that node has noted.

    Raises UserError where there is no such cluster, no node is large enough,
    a node has other versions, or the training has failed.
    """
    started, params = time.perf_counter(), load_params()
    connect(params.cluster)
    files = inputs(key, params)
    checkpoint = (CHECKPOINTS / f"{key}.npz").as_posix()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outputs = _follow(_submit(key, files, params.cluster), key, Path(checkpoint))
            break
        except exceptions.RayTaskError as error:
            raise UserError(f"{key}: the node could not run it: {error.cause}") from error
        except exceptions.RayError as error:
            if attempt == ATTEMPTS:
                raise UserError(f"{key}: its worker was lost {ATTEMPTS} times ({type(error).__name__}).") from error
            print(f"{key}: its worker was lost ({type(error).__name__}); it is submitted again", flush=True)
            files |= worker.read([checkpoint], Path())
    return _take(outputs, key, time.perf_counter() - started)


def connect(params: ClusterConfig) -> None:
    """Join the cluster, and see that a node of it is large enough."""
    host, _, port = params.address.rpartition(":")
    try:
        if port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), REACHED).close()
        ray.init(params.address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError) as error:  # a ConnectionError, or other versions of Ray or Python
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise UserError(
            f"params.yaml: cluster.address: no Ray cluster of these versions answers at {params.address} ({reason}); "
            "start one, name another, or train here with cluster: null."
        ) from error
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(node.get("CPU", 0) >= params.cpus and node.get("GPU", 0) >= params.gpus for node in nodes):
        raise UserError(
            f"params.yaml: cluster: no node has {params.cpus:g} CPUs and {params.gpus:g} GPUs for a member; "
            "ask for less."
        )


def inputs(key: str, params: Params) -> worker.Files:
    """The code and all that stages/train.py reads, the checkpoint of a killed training included."""
    network = params.ensemble.members[key].network
    names = ("train_images.npy", "train_labels.npy", "classes.json")
    data = [f"{arrays.PREPARED}/{name}" for name in names]
    if params.pretrain.rehearsal > 0:
        data += [f"{arrays.RENDERED}/images.npy", f"{arrays.RENDERED}/labels.npy"]
    data += [f"data/splits/{key}.npz", f"models/pretrained/{network}", f"{CHECKPOINTS}/{key}.npz"]
    if (initial := params.train.initial_weights) is not None:
        if Path(initial).is_absolute() or ".." in Path(initial).parts:
            raise UserError(
                "params.yaml: train.initial_weights: a cluster is sent files of the recipe's folder only."
            )
        data.append(initial)
    files = worker.read([path.relative_to(ROOT).as_posix() for form in CODE for path in ROOT.glob(form)], ROOT)
    files |= worker.read(data, Path())
    here = yaml.safe_dump({**read_yaml(PARAMS), "cluster": None}, allow_unicode=True, sort_keys=False)
    return files | {"params.yaml": here.encode()}


def _submit(key: str, files: worker.Files, params: ClusterConfig) -> Iterator:
    """Send the member to a node; returns references to what it yields."""
    ray.cloudpickle.register_pickle_by_value(worker)
    versions = {name: version for name, version in machine.versions().items() if name in COMPUTES}
    wanted = {"python": ".".join(platform.python_version_tuple()[:2]), **versions}
    environment = {THREADS: threads(), "OMP_NUM_THREADS": threads()}
    if "KERAS_BACKEND" in os.environ:
        environment["KERAS_BACKEND"] = os.environ["KERAS_BACKEND"]

    def work(files: worker.Files) -> Iterator[tuple[str, object]]:
        if unlike := worker.differences(wanted):
            yield "unlike", f"{platform.node()} has {'; '.join(unlike)}"
            return
        outputs = [f"models/{key}", f"metrics/curves/{key}.csv", f"metrics/runs/train@{key}.json"]
        kept = f"checkpoints/{key}.npz"
        yield from worker.run(files, ["stages", "train", key], environment, kept, EVERY, outputs)

    task = ray.remote(num_cpus=params.cpus, num_gpus=params.gpus, max_retries=0)(work)
    return task.remote(ray.put(files))


def _follow(references: Iterator, key: str, checkpoint: Path) -> worker.Files:
    """Show a member's lines, keep its checkpoints, and return its outputs."""
    for reference in references:
        kind, content = ray.get(reference)
        if kind == "line":
            print(content, flush=True)
        elif kind == "kept":
            with atomic_write(checkpoint) as beside:
                beside.write_bytes(content)
        elif kind == "files":
            return content
        elif kind == "unlike":
            raise UserError(f"{key}: the node {content}; install requirements.lock there.")
        else:
            raise UserError(
                f"{key}: the training failed on its node with status {content}; its last words are above."
            )
    raise exceptions.WorkerCrashedError


def _take(outputs: worker.Files, key: str, seconds: float) -> dict:
    """Put a member's outputs where they belong; returns the node's own note, and what the cluster cost in time."""
    note = json.loads(outputs.pop((runs.RUNS / f"train@{key}.json").as_posix()))
    with atomic_write(Path(f"models/{key}")) as beside:
        prefix = f"models/{key}/"
        worker.write(
            {path.removeprefix(prefix): content for path, content in outputs.items() if path.startswith(prefix)},
            beside,
        )
    curve = Path(f"metrics/curves/{key}.csv")
    with atomic_write(curve) as beside:
        beside.write_bytes(outputs[curve.as_posix()])
    (CHECKPOINTS / f"{key}.npz").unlink(missing_ok=True)
    return {**note, "seconds": round(seconds, 2), "seconds_on_node": note["seconds"]}

"""Train a member on a Ray cluster: send its files, print its output, write its results here.

A node needs Python and the packages of requirements/base.lock and cluster.lock, but neither the
repository nor its data nor DVC.
"""

import json
import os
import platform
import socket
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it sends nothing to anybody

import ray
import yaml
from ray import exceptions

from letterpress.cluster import worker
from letterpress.configuration.loader import PARAMS, read_yaml
from letterpress.configuration.params import Params
from letterpress.configuration.project import ClusterConfig
from letterpress.infrastructure import hardware
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.files import atomic_write
from letterpress.infrastructure.run_metadata import RUNS
from letterpress.infrastructure.subprocesses import THREADS, threads
from letterpress.storage.prepared import LABELLED, SYNTHETIC
from letterpress.storage.splits import SPLITS
from letterpress.training.checkpoint import CHECKPOINTS
from letterpress.training.csv_log import CURVES, merge_curves

ROOT = Path(__file__).resolve().parents[2]
CODE_PATTERNS = ("letterpress/**/*.py", "stages/*.py")
REQUIRED_PACKAGES = ("tensorflow", "jax", "keras", "numpy", "scikit-learn")  # whose versions weights depend on
MAX_ATTEMPTS = 3
CHECKPOINT_SECONDS = 20.0  # between two checkpoints that a node sends
CONNECT_SECONDS = 5.0  # within which a head node must respond


def train(params: Params, key: str) -> dict:
    """Train a member as stages/train.py does, on a node of the cluster; return the node's run metadata.

    Raises UserError where there is no such cluster, no node is large enough,
    a node has other versions, or the training has failed.
    """
    started = time.perf_counter()
    connect_to_cluster(params.cluster)
    files = input_files(params, key)
    checkpoint = (CHECKPOINTS / f"{key}.npz").as_posix()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            outputs = _receive_outputs(_submit_member(key, files, params.cluster), key, Path(checkpoint))
            break
        except exceptions.RayTaskError as error:
            raise UserError(f"{key}: the node could not run it: {error.cause}") from error
        except exceptions.RayError as error:
            reason = type(error).__name__
            if attempt == MAX_ATTEMPTS:
                raise UserError(f"{key}: its worker was lost {MAX_ATTEMPTS} times ({reason}).") from error
            print(f"{key}: its worker was lost ({reason}); it is submitted again", flush=True)
            files |= worker.read_files([checkpoint], Path())
    metadata = _write_outputs(outputs, key)
    merge_curves(params.ensemble.members)
    seconds = round(time.perf_counter() - started, 2)
    return {**metadata, "seconds": seconds, "seconds_on_node": metadata["seconds"]}


def connect_to_cluster(config: ClusterConfig) -> None:
    """Join the cluster; raise UserError where it does not respond or no node is large enough."""
    host, _, port = config.address.rpartition(":")
    try:
        if port.isdecimal():
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        ray.init(config.address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError) as error:  # a ConnectionError, or other versions of Ray or Python
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise UserError(
            f"params.yaml: cluster.address: no Ray cluster of these versions responds at "
            f"{config.address} ({reason}); start one, name another, or train here with cluster: null."
        ) from error
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(node.get("CPU", 0) >= config.cpus and node.get("GPU", 0) >= config.gpus for node in nodes):
        raise UserError(
            f"params.yaml: cluster: no node has {config.cpus:g} CPUs and {config.gpus:g} GPUs for a member; "
            "ask for less."
        )


def input_files(params: Params, key: str) -> worker.Files:
    """Return the code and all that stages/train.py reads, the checkpoint of a killed training included."""
    network = params.ensemble.members[key].network
    data = [LABELLED / name for name in ("images.npy", "labels.npy", "classes.json")]
    if params.pretrain.rehearsal > 0:
        data += [SYNTHETIC / "images.npy", SYNTHETIC / "labels.npy"]
    data += [SPLITS / f"{key}.npz", Path("models/pretrained", network), CHECKPOINTS / f"{key}.npz"]
    code = [path.relative_to(ROOT).as_posix() for pattern in CODE_PATTERNS for path in ROOT.glob(pattern)]
    files = worker.read_files(code, ROOT) | worker.read_files([path.as_posix() for path in data], Path())
    local = yaml.safe_dump({**read_yaml(PARAMS), "cluster": None}, allow_unicode=True, sort_keys=False)
    return files | {"params.yaml": local.encode()}


def _submit_member(key: str, files: worker.Files, config: ClusterConfig) -> Iterator:
    """Send the member to a node; return references to what the node yields."""
    ray.cloudpickle.register_pickle_by_value(worker)
    versions = {name: version for name, version in hardware.versions().items() if name in REQUIRED_PACKAGES}
    required = {"python": ".".join(platform.python_version_tuple()[:2]), **versions}
    environment = {THREADS: threads(), "OMP_NUM_THREADS": threads()}
    if "KERAS_BACKEND" in os.environ:
        environment["KERAS_BACKEND"] = os.environ["KERAS_BACKEND"]

    def work(files: worker.Files) -> Iterator[tuple[str, object]]:
        if differences := worker.version_differences(required):
            yield "differs", f"{platform.node()} has {'; '.join(differences)}"
            return
        outputs = [f"models/{key}", f"metrics/curves/{key}.csv", f"metrics/runs/train@{key}.json"]
        checkpoint = f"checkpoints/{key}.npz"
        yield from worker.run(files, ["stages", "train", key], environment, checkpoint, CHECKPOINT_SECONDS, outputs)

    task = ray.remote(num_cpus=config.cpus, num_gpus=config.gpus, max_retries=0)(work)
    return task.remote(ray.put(files))


def _receive_outputs(references: Iterator, key: str, checkpoint: Path) -> worker.Files:
    """Print a member's lines, write its checkpoints, and return its outputs."""
    for reference in references:
        event, content = ray.get(reference)
        if event == "line":
            print(content, flush=True)
        elif event == "checkpoint":
            with atomic_write(checkpoint) as partial:
                partial.write_bytes(content)
        elif event == "files":
            return content
        elif event == "differs":
            raise UserError(f"{key}: the node {content}; install requirements/base.lock there.")
        else:
            raise UserError(f"{key}: the training failed on its node with status {content}; its output is above.")
    raise exceptions.WorkerCrashedError


def _write_outputs(outputs: worker.Files, key: str) -> dict:
    """Write a member's outputs as stages/train.py does; return the node's run metadata."""
    metadata = json.loads(outputs[(RUNS / f"train@{key}.json").as_posix()])
    prefix = f"models/{key}/"
    member = {path.removeprefix(prefix): content for path, content in outputs.items() if path.startswith(prefix)}
    with atomic_write(prefix) as partial:
        worker.write_files(member, partial)
    curve = CURVES / f"{key}.csv"
    with atomic_write(curve) as partial:
        partial.write_bytes(outputs[curve.as_posix()])
    (CHECKPOINTS / f"{key}.npz").unlink(missing_ok=True)
    return metadata

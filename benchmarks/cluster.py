"""Measure the overhead of a Ray cluster and how it scales, with members that only wait.

Members of a fixed number of seconds are submitted all at once, to as many
nodes of one CPU on this machine; data, code and weights are sent as ever.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from benchmarks.contest import ROOT, summarize_rates

SECONDS = 30.0  # that a member waits
NODES = (1, 2, 4, 8)
IMAGES, SIDE = 6283, 32  # as many as First Steps With Julia has labelled
STORE = 200 << 20  # bytes of a node's object store
WORK = f'''"""Wait, then write weights of 7 MB and a curve."""

import time
from pathlib import Path


def main(params, key: str) -> dict:
    time.sleep({SECONDS})
    for file, size in ((f"models/{{key}}/network.weights.h5", 7 << 20), (f"metrics/curves/{{key}}.csv", 4000)):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_bytes(bytes(size))
    return {{}}
'''


def measure(rounds: int) -> dict:
    """Return the seconds beyond the waiting until all members are back, by number of members and nodes."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # send nothing to Ray's makers
    from ray.cluster_utils import Cluster

    cluster, overheads = Cluster(), {count: [] for count in NODES}
    with tempfile.TemporaryDirectory() as name:
        for count in range(1, max(NODES) + 1):
            cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
            if count in NODES:
                recipe = _make_recipe(Path(name) / str(count), count, cluster.address)
                _train(recipe, count)  # nodes start their first worker only now
                overheads[count] = [_train(recipe, count) - SECONDS for _ in range(rounds)]
        cluster.shutdown()
    return {f"{count} members on {count} nodes": summarize_rates(seconds) for count, seconds in overheads.items()}


def _make_recipe(folder: Path, members: int, address: str) -> Path:
    """Write the project's code with waiting instead of training, and data of the usual size."""
    for package in ("letterpress", "stages"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "stages/train.py").write_text(WORK, encoding="utf-8")
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    one = params["ensemble"]["members"]["m0"]
    params["ensemble"]["members"] = {f"m{i}": one | {"seed": i} for i in range(members)}
    params["cluster"] = {"address": address, "cpus": 1, "gpus": 0}
    (folder / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    labelled, splits = folder / "data/prepared/labelled", folder / "data/splits"
    labelled.mkdir(parents=True)
    splits.mkdir()
    rng = np.random.default_rng(0)
    np.save(labelled / "images.npy", rng.integers(0, 256, (IMAGES, SIDE, SIDE), dtype=np.uint8))
    np.save(labelled / "labels.npy", np.zeros(IMAGES, np.int32))
    (labelled / "classes.json").write_text(json.dumps(["0", "1"]))
    for i in range(members):
        np.savez(splits / f"m{i}.npz", train=np.arange(IMAGES))
    return folder


def _train(recipe: Path, members: int) -> float:
    """Return the seconds until all members, submitted at once, are back."""
    started = time.perf_counter()
    commands = [[sys.executable, "stages", "train", f"m{i}"] for i in range(members)]
    processes = [subprocess.Popen(command, cwd=recipe, stdout=subprocess.DEVNULL) for command in commands]
    for process in processes:
        if process.wait():
            raise RuntimeError(f"{' '.join(process.args[1:])} failed.")
    return time.perf_counter() - started

"""A real Ray cluster of two nodes on loopback trains members, loses a worker, and gives the same bits."""

import json
import re
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
import yaml

pytest.importorskip("ray", reason="needs `make cluster`")
import ray
from ray.cluster_utils import Cluster as LocalCluster

from letterpress.cluster import ray_cluster, worker
from letterpress.configuration.loader import read_yaml
from letterpress.configuration.params import load_params
from letterpress.configuration.project import ClusterConfig
from letterpress.infrastructure import hardware
from letterpress.infrastructure.errors import UserError
from tests.clones import EPOCHS, change, run
from tests.imports import ROOT

STORE = 200 << 20  # bytes of a node's object store
PATIENCE = 300  # seconds
LONG = 60  # epochs: some seconds, so that a training can be killed in the middle
T = TypeVar("T")


@pytest.fixture(scope="module")
def address():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        nodes = LocalCluster(
            True, head_node_args={"num_cpus": 1, "include_dashboard": False, "object_store_memory": STORE}
        )
        nodes.add_node(num_cpus=1, object_store_memory=STORE)
        yield nodes.address
        nodes.shutdown()


@pytest.fixture
def clone(finished, tmp_path):
    """Copy `finished` without trained members and without what DVC's cache has of them."""
    clone = shutil.copytree(finished, tmp_path / "clone", ignore=shutil.ignore_patterns("runs"))
    shutil.rmtree(clone / "models")
    shutil.rmtree(clone / ".dvc/cache/files", ignore_errors=True)
    return clone


@pytest.fixture
def here(clone, address, monkeypatch):
    """Work in the clone, in this process; return its parameters, with the cluster's address."""
    change(clone, lambda params: params.update(cluster={"address": address, "cpus": 1, "gpus": 0}))
    monkeypatch.chdir(clone)
    monkeypatch.setattr(ray_cluster, "ROOT", clone)
    yield load_params()
    ray.shutdown()


def member_files(folder: Path, key: str = "m0") -> dict[str, bytes]:
    """Return the outputs of a training that DVC hashes."""
    files = [*(folder / "models" / key).rglob("*"), folder / f"metrics/curves/{key}.csv"]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_members_train_on_both_nodes_and_the_lock_stays_the_same(finished, clone, address):
    change(clone, lambda params: params.update(cluster={"address": address, "cpus": 1, "gpus": 0}))
    output = run(clone, sys.executable, "-m", "letterpress", "jobs", ".", "--jobs", "2")
    assert f"m0: epoch {EPOCHS}/{EPOCHS}:" in output
    assert f"m1: epoch {EPOCHS}/{EPOCHS}:" in output
    assert read_yaml(clone / "dvc.lock") == read_yaml(finished / "dvc.lock")  # in the order in which stages ended
    assert member_files(clone) == member_files(finished)
    note = json.loads((clone / "metrics/runs/train@m0.json").read_text())
    assert note["seconds"] > note["seconds_on_node"] > 0
    assert not (clone / "checkpoints/m0.npz").exists()


def kill_its_worker_once() -> threading.Thread:
    """Start a thread that kills Ray's process as soon as its training's first checkpoint is here."""

    def kill() -> None:
        ray_process = wait_for(trainer).parent()
        wait_for(Path("checkpoints/m0.npz").exists)
        ray_process.kill()

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


def trainer() -> psutil.Process | None:
    """Return the process that trains m0 on a node, in a folder of its own, and no other test's."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        in_scratch = process.info["cwd"] and Path(process.info["cwd"]).name.startswith(worker.SCRATCH)
        if in_scratch and process.info["cmdline"][1:] == ["stages", "train", "m0"]:
            return process
    return None


def wait_for(found: Callable[[], T]) -> T:
    """Return the first true result."""
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return result


@pytest.mark.long
def test_a_lost_worker_is_replaced_and_resumes_from_the_checkpoint(here, tmp_path, monkeypatch, capsys):
    change(Path(), lambda params: params["train"]["phases"][0].update(epochs=LONG))
    params = load_params()
    alone = shutil.copytree(Path(), tmp_path / "alone")
    change(alone, lambda params: params.update(cluster=None))
    run(alone, sys.executable, "stages", "train", "m0")
    monkeypatch.setattr(ray_cluster, "CHECKPOINT_SECONDS", 0.0)
    killer = kill_its_worker_once()
    ray_cluster.train(params, "m0")
    killer.join()
    lines = capsys.readouterr().out.splitlines()
    lost = next(i for i, line in enumerate(lines) if "its worker was lost" in line)
    again = [int(number) for line in lines[lost:] for number in re.findall(r"epoch (\d+)/", line)]
    assert again[0] > 1
    assert again[-1] == LONG
    assert member_files(Path()) == member_files(alone)


def test_a_node_with_other_versions_is_named(here, monkeypatch):
    monkeypatch.setattr(hardware, "versions", lambda: {"keras": "0.1"})
    expected = r"m0: the node .* has keras \S+, not 0\.1; install requirements/base\.lock there"
    with pytest.raises(UserError, match=expected):
        ray_cluster.train(here, "m0")


def test_a_training_that_fails_on_its_node_is_reported(here, capsys):
    (Path("data/splits/m0.npz")).write_bytes(b"broken")
    with pytest.raises(UserError, match=r"m0: the training failed on its node with status \d; its output is above"):
        ray_cluster.train(here, "m0")
    assert capsys.readouterr().out


@pytest.mark.parametrize("required", [{"cpus": 64}, {"gpus": 1}])
def test_a_member_that_fits_no_node_is_refused(here, required):
    with pytest.raises(UserError, match=r"cluster: no node has \d+ CPUs and \d GPUs for a member; ask for less"):
        ray_cluster.connect_to_cluster(replace(here.cluster, **required))


def test_without_a_cluster_the_error_is_one_sentence(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UserError, match=rf"cluster\.address: no Ray cluster .* responds at 127\.0\.0\.1:{port} \("):
        ray_cluster.connect_to_cluster(ClusterConfig(f"127.0.0.1:{port}", 1, 0))


def test_a_node_is_sent_all_dependencies(here):
    """It gets what dvc.yaml lists for training: synthetic images only for rehearsal, test images never."""
    Path("models/pretrained/stem_vgg_bn").mkdir(parents=True)
    Path("models/pretrained/stem_vgg_bn/network.weights.h5").write_bytes(b"weights")
    Path("data/synthetic").mkdir(exist_ok=True)
    for name in ("images", "labels"):
        Path(f"data/synthetic/{name}.npy").write_bytes(b"array")
    assert not any(name.startswith("data/synthetic") for name in ray_cluster.input_files(here, "m0"))
    rehearsing = replace(here, pretrain=replace(here.pretrain, n_images=9, rehearsal=0.5))
    sent = ray_cluster.input_files(rehearsing, "m0")
    listed = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["train"]["do"]["deps"]
    paths = [path.replace("${key}", "m0").replace("${item.network}", "stem_vgg_bn") for path in listed]
    assert [path for path in paths if not any(name == path or name.startswith(f"{path}/") for name in sent)] == []
    assert not any(name.startswith("data/prepared/test") for name in sent)
    assert b"cluster: null" in sent["params.yaml"]

"""Metadata of runs, and the description of the hardware and versions."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from letterpress.infrastructure import hardware
from letterpress.infrastructure.run_metadata import read_runs, write_run
from tests.imports import ROOT


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_last_run_of_each_stage_is_read_back(folder):
    assert read_runs([]) == {}
    write_run("train@m0", {"seconds": 1, "precision": "float32"})
    write_run("train@m0", {"seconds": 1.5})
    write_run("fetch", {"seconds": 0.25})
    assert read_runs(["m0"]) == {"fetch": {"seconds": 0.25}, "train@m0": {"seconds": 1.5}}
    assert (folder / "metrics/runs/train@m0.json").is_file()


def test_former_members_and_networks_are_left_out():
    for stage in ("train@old", "train@m0", "pretrain@vgg_bn", "pretrain@nhcd"):
        write_run(stage, {})
    assert list(read_runs(["m0", "vgg_bn"])) == ["pretrain@vgg_bn", "train@m0"]


def test_the_description_has_hardware_and_versions():
    description = hardware.describe_hardware()
    assert list(description) == ["processor", "cores", "memory_gb", "system", "versions"]
    assert 1 <= description["cores"] <= os.cpu_count()
    assert description["versions"]["numpy"] == np.__version__
    assert json.loads(json.dumps(description)) == description


@pytest.mark.parametrize("absent", [{"jax", "tensorflow-cpu"}, {"tensorflow-cpu", "tensorflow", "jax"}, set()])
def test_packages_that_are_not_installed_have_no_version(monkeypatch, absent):
    def version(name):
        if name in absent or (name.endswith("-cpu") and name != "tensorflow-cpu"):
            raise hardware.metadata.PackageNotFoundError(name)
        return f"{name} 1"

    monkeypatch.setattr(hardware.metadata, "version", version)
    names = [name for name in hardware.PACKAGES if name not in absent]
    assert hardware.versions() == {name: f"{name} 1" for name in names}
    assert {"keras", "numpy", "scikit-learn", "dvc"} <= set(names)


def test_tensorflows_smaller_wheel_counts_as_tensorflow(monkeypatch):
    def version(name):
        if name == "tensorflow":
            raise hardware.metadata.PackageNotFoundError(name)
        return f"{name} 1"

    monkeypatch.setattr(hardware.metadata, "version", version)
    assert hardware.versions()["tensorflow"] == "tensorflow-cpu 1"


def test_peak_memory_is_in_megabytes_and_excludes_the_parents():
    before = hardware.peak_memory_mb()
    held = np.ones(600_000_000, np.uint8)
    after = hardware.peak_memory_mb()
    code = "from letterpress.infrastructure.hardware import peak_memory_mb; print(peak_memory_mb())"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert held.all()
    assert 10 < before <= after < 1e6
    assert 5 < int(child) < 500 < after

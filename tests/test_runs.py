"""Notes of how a run went, and on which machine."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from letterpress.infrastructure import hardware as machine
from letterpress.infrastructure import run_metadata as runs
from tests.imports import ROOT


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_recorded_is_read_by_stage(folder):
    runs.record("train@m0", {"seconds": 1.5})
    runs.record("fetch", {"seconds": 0.25})
    assert runs.recorded(["m0"]) == {"fetch": {"seconds": 0.25}, "train@m0": {"seconds": 1.5}}
    assert (folder / "metrics/runs/train@m0.json").is_file()


def test_a_later_run_replaces_the_earlier():
    runs.record("fetch", {"seconds": 1, "precision": "float32"})
    runs.record("fetch", {"seconds": 2})
    assert runs.recorded([]) == {"fetch": {"seconds": 2}}


def test_nothing_recorded_is_no_note():
    assert runs.recorded([]) == {}


def test_a_machine_is_described_by_hardware_and_versions():
    described = machine.describe()
    assert list(described) == ["processor", "cores", "memory_gb", "system", "versions"]
    assert 1 <= described["cores"] <= os.cpu_count()
    assert described["versions"]["numpy"] == np.__version__
    assert json.loads(json.dumps(described)) == described


@pytest.mark.parametrize("absent", [{"jax"}, {"tensorflow"}, {"tensorflow", "jax"}, set()])
def test_versions_leave_out_backends_that_are_not_installed(monkeypatch, absent):
    def version(name):
        if name in absent:
            raise machine.metadata.PackageNotFoundError(name)
        return f"{name} 1"

    monkeypatch.setattr(machine.metadata, "version", version)
    names = [name for name in machine.PACKAGES if name not in absent]
    assert machine.versions() == {name: f"{name} 1" for name in names}
    assert {"keras", "numpy", "scikit-learn", "dvc"} <= set(names)


def test_the_peak_of_memory_is_in_megabytes_and_never_falls():
    before = machine.peak_memory_mb()
    held = np.ones(50_000_000, np.uint8)
    after = machine.peak_memory_mb()
    assert held.all()
    assert 10 < before <= after < 1e6


def test_a_small_process_of_a_large_one_is_small():
    held = np.ones(1_000_000_000, np.uint8)
    code = "from letterpress.infrastructure.hardware import peak_memory_mb; print(peak_memory_mb())"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert held.all()
    assert 5 < int(said) < 500


def test_notes_of_members_that_are_no_more_are_left_out():
    runs.record("train@old", {"seconds": 1})
    runs.record("train@m0", {"seconds": 2})
    runs.record("pretrain@vgg_bn", {"seconds": 3})
    runs.record("pretrain@nhcd", {"seconds": 4})
    assert runs.recorded(["m0", "vgg_bn"]) == {"pretrain@vgg_bn": {"seconds": 3}, "train@m0": {"seconds": 2}}

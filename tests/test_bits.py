"""A member has the same bits whatever runs before it or at the same time, in float32 and in bfloat16."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clones import change, environment, run

pytestmark = pytest.mark.long


@pytest.fixture
def clones(finished, tmp_path) -> list[Path]:
    return [shutil.copytree(finished, tmp_path / name) for name in ("one", "other")]


def trained(clone: Path, key: str) -> dict[str, bytes]:
    """Train a member, and read its outputs."""
    run(clone, sys.executable, "stages", "train", key)
    return outputs(clone, key)


def outputs(clone: Path, key: str) -> dict[str, bytes]:
    files = [*(clone / "models" / key).iterdir(), clone / f"metrics/curves/{key}.csv"]
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_member_is_the_same_alone_in_any_order_and_with_others(clones, precision):
    one, other = clones
    for clone in clones:
        change(clone, lambda params: params["train"].update(precision=precision))
    first = {key: trained(one, key) for key in ("m0", "m1")}
    assert first["m0"] != first["m1"]
    assert {key: trained(other, key) for key in ("m1", "m0")} == first
    assert json.loads((one / "metrics/runs/train@m0.json").read_text())["precision"] == precision
    for clone in clones:
        shutil.rmtree(clone / "models")
    commands = [(clone, key) for clone in clones for key in ("m0", "m1")]
    processes = [
        subprocess.Popen([sys.executable, "stages", "train", key], cwd=clone, env=environment())
        for clone, key in commands
    ]
    assert [process.wait() for process in processes] == [0] * 4
    assert all(outputs(clone, key) == first[key] for clone, key in commands)

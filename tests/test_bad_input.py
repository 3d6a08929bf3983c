"""What people hand in works as they would expect, or ends in one sentence, with nothing half-written."""

import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from letterpress.configuration.data import ImageConfig
from letterpress.configuration.params import load_params
from letterpress.datasets.preprocess import prepare_dataset
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.hardware import peak_memory_mb
from tests.bad_input import CASES, PARAMS, WORKS, Case
from tests.counts import INPUTS, count
from tests.imports import ROOT

SMALL = ImageConfig(height=5, width=5, preserve_aspect_ratio=False, invert=False, pca_channel=False)
SECONDS, MEGABYTES = 10, 700  # that a case may take, and a process that tries them all


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_handed_in_works_or_is_refused_in_one_sentence(case: Case, tmp_path: Path, monkeypatch):
    count(INPUTS)
    path, folder, here = tmp_path / "in/letters.zip", tmp_path / "out/prepared", tmp_path / "deep/down/here"
    path.parent.mkdir()
    path.write_bytes(case.archive)
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    started = time.monotonic()
    if case.expected == WORKS:
        prepare_dataset(path, case.layout, SMALL, None, folder)
        images, labels = np.load(folder / "train_images.npy"), np.load(folder / "train_labels.npy")
        assert images.shape == (len(labels), 5, 5)
        assert len(labels) >= 2
    else:
        with pytest.raises(UserError) as refusal:
            prepare_dataset(path, case.layout, SMALL, None, folder)
        is_one_sentence(str(refusal.value), str(path), case.expected)
        assert not folder.exists()
    assert time.monotonic() - started < SECONDS
    written = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.parent for file in written} <= {path.parent, folder}
    assert list(tmp_path.rglob(".partial*")) == []


def test_all_of_it_takes_little_memory():
    code = "from tests.test_bad_input import memory_of_all; print(memory_of_all())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout.splitlines()[-1]) < MEGABYTES


def memory_of_all() -> int:
    """The most megabytes that this process has held after trying each case."""
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "letters.zip"
            path.write_bytes(case.archive)
            with suppress(UserError):
                prepare_dataset(path, case.layout, SMALL, None, Path(folder) / "prepared")
    return peak_memory_mb()


@pytest.mark.parametrize(("name", "spoil", "expected"), PARAMS, ids=[name for name, _, _ in PARAMS])
def test_parameters_work_or_are_refused_in_one_sentence(name, spoil, expected, tmp_path):
    count(INPUTS)
    text = spoil((ROOT / "params.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if expected == WORKS:
        load_params(path)
        return
    with pytest.raises(UserError) as refusal:
        load_params(path)
    is_one_sentence(str(refusal.value), str(path), expected)


def is_one_sentence(text: str, path: str, expected: str) -> None:
    """It names the file, says what is wrong, and ends."""
    assert text.startswith(f"{path}: ")
    assert re.search(expected, text)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    assert len(text.removeprefix(path)) < 400

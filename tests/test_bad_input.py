"""Every input works as users expect, or raises an error of one sentence and writes nothing."""

import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from letterpress.configuration.params import load_params
from letterpress.datasets.preprocess import preprocess_dataset
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.hardware import peak_memory_mb
from letterpress.storage.prepared import load_split
from tests.archives import image_config
from tests.bad_input import CASES, PARAMS, WORKS, Case
from tests.counts import INPUTS, count
from tests.imports import ROOT

SMALL = image_config()
SECONDS, MEGABYTES = 10, 700  # that a case may take, and a process that tries them all


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_archive_works_or_is_refused_in_one_sentence(case: Case, tmp_path: Path, monkeypatch):
    count(INPUTS)
    path, folder, here = tmp_path / "in/letters.zip", tmp_path / "out/prepared", tmp_path / "deep/down/here"
    path.parent.mkdir()
    path.write_bytes(case.archive)
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    started = time.monotonic()
    if case.expected == WORKS:
        preprocess_dataset(path, case.layout, SMALL, None, folder)
        labelled = load_split("labelled", folder)
        assert labelled.images.shape == (len(labelled.labels), 5, 5)
        assert len(labelled.labels) >= 2
    else:
        with pytest.raises(UserError) as error:
            preprocess_dataset(path, case.layout, SMALL, None, folder)
        assert_sentences(str(error.value), str(path), case.expected)
        assert "\n" not in str(error.value)
        assert not folder.exists()
    assert time.monotonic() - started < SECONDS
    written = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.parent for file in written} <= {path.parent, folder / "labelled", folder / "test"}
    assert list(tmp_path.rglob(".partial*")) == []


def test_all_archives_take_little_memory():
    code = "from tests.test_bad_input import memory_of_all; print(memory_of_all())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert 0 < int(done.stdout.splitlines()[-1]) < MEGABYTES


def memory_of_all() -> int:
    """Return this process's peak memory in MB after trying each case."""
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "letters.zip"
            path.write_bytes(case.archive)
            with suppress(UserError):
                preprocess_dataset(path, case.layout, SMALL, None, Path(folder) / "prepared")
    return peak_memory_mb()


@pytest.mark.parametrize(("name", "spoil", "expected"), PARAMS, ids=[name for name, _, _ in PARAMS])
def test_parameters_work_or_are_refused_in_a_sentence_each(name, spoil, expected, tmp_path):
    count(INPUTS)
    text = spoil((ROOT / "params.yaml").read_text(encoding="utf-8"))
    path = tmp_path / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if expected == WORKS:
        load_params(path)
        return
    with pytest.raises(UserError) as error:
        load_params(path)
    assert_sentences(str(error.value), str(path), expected)


def assert_sentences(text: str, path: str, expected: str) -> None:
    """Check that each line of the text is one sentence that names the file, and one says what is wrong."""
    assert re.search(expected, text)
    assert "Traceback" not in text
    for line in text.split("\n"):
        assert line.startswith(f"{path}: ")
        assert line.endswith(".")
        assert len(line.removeprefix(path)) < 400

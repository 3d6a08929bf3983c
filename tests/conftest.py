"""Fixtures of all tests, and the counts at their end."""

import os
import shutil
from importlib.util import find_spec

import pytest
from hypothesis import settings

from tests.clones import commit, run, small_clone
from tests.counts import COUNTS
from tests.tiny_project import make_tiny_project

SLOW_MODULES = ("test_demo", "test_faults", "test_jax", "test_jobs", "test_pipeline", "test_recipe_variants")
LAST_MODULE = "test_ray_cluster"  # on Python 3.13 the forks of a process that has used Ray crash

# The same examples each time, whatever the machine's load, and nothing written.
settings.register_profile("exact", derandomize=True, deadline=None, database=None)
settings.load_profile("exact")


@pytest.fixture(scope="module")
def float32():
    """TensorFlow as a stage sets it up, in float32; the dtype policy of before comes back."""
    from letterpress.inference import runtime  # isort: skip  (first: it keeps TensorFlow quiet)

    import keras

    before = keras.config.dtype_policy()
    runtime.prepare("float32")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture
def bfloat16(float32):
    """Layers that are built in this test compute in bfloat16."""
    import keras

    from letterpress.inference import precision

    before = keras.config.dtype_policy()
    precision.set_policy("bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Run the whole DAG in a clone, on a few synthetic images; tests read it and do not change it."""
    folder = small_clone(tmp_path_factory.mktemp("finished"))
    (folder / "repro.txt").write_text(run(folder, "dvc", "repro"), encoding="utf-8")
    commit(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory):
    """Two recipes that have run without TensorFlow; tests change copies of it."""
    root = tmp_path_factory.mktemp("tiny")
    make_tiny_project(root)
    return root


@pytest.fixture
def project(tiny_project, tmp_path):
    """Copy the tiny project, with its data."""
    return shutil.copytree(tiny_project, tmp_path / "project", symlinks=True)


def pytest_configure(config):
    """Refuse to run in CI where an extra is missing: its tests would be skipped."""
    extras = ("fontpkg_abel", "gradio", "jax", "matplotlib", "onnx", "optuna", "ray")
    missing = [name for name in extras if find_spec(name) is None]
    if os.environ.get("CI") and missing:
        raise pytest.UsageError(f"{', '.join(missing)}: not installed; run `make test` with CI set.")


def pytest_collection_modifyitems(items):
    """Put the modules that take a minute or more first: at the end, one process would wait for another's."""

    def rank(item) -> int:
        name = item.module.__name__.removeprefix("tests.")
        return 2 if name == LAST_MODULE else int(name not in SLOW_MODULES)

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over the counts of a process that has run some of the tests."""
    COUNTS.update(getattr(node, "workeroutput", {}).get("counts", {}))


def pytest_sessionfinish(session):
    """Hand the counts over, where this is such a process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["counts"] = dict(COUNTS)


def pytest_terminal_summary(terminalreporter):
    """Print what was tried."""
    for what, number in COUNTS.items():
        terminalreporter.write_line(f"{what}: {number}")

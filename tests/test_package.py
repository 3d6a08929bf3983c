"""`pip install .` gives a package with its data, one command, and nothing else of the repository."""

import configparser
import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.imports import ROOT

PARTS = ("letterpress", "stages", "tests", "benchmarks", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel as pip does, without the network, from a copy of the repository."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    (source / "recipes").mkdir()
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", target, source], check=True)
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        yield archive


def test_it_holds_every_file_of_the_package(wheel):
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "letterpress").rglob("*") if path.is_file()}
    expected = {name for name in files if not name.endswith((".pyc", ".DS_Store"))}
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_it_has_one_command_and_both_licence_files(wheel):
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    parser = configparser.ConfigParser()
    parser.read_string(wheel.read(entry_points).decode())
    assert dict(parser["console_scripts"]) == {"letterpress": "letterpress.__main__:main"}
    assert {name.rpartition("/")[2] for name in wheel.namelist() if "/licenses/" in name} == {"LICENSE", "NOTICE"}

"""No module unpickles, unpacks to disk or runs a shell; the workflow only reads; packages are pinned."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.imports import ROOT

MODULES = [*ROOT.glob("letterpress/**/*.py"), *ROOT.glob("stages/*.py")]
UNSAFE_MODULES = {"pickle", "dill", "marshal", "shelve"}  # loading their files runs code
UNSAFE_CALLS = {
    *("eval", "exec", "extract", "extractall", "unpack_archive", "mktemp"),
    *("read_pickle", "load_model", "os.system", "os.popen", "getoutput", "getstatusoutput"),
    *("unsafe_load", "full_load", "joblib.load", "cloudpickle.load", "cloudpickle.loads"),
}
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def names_called(tree: ast.AST) -> set[str]:
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {part for call in calls for part in (call, call.rpartition(".")[2])}


def modules_imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_module_unpickles_unpacks_to_disk_or_runs_a_shell(file: Path):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert modules_imported(tree) & UNSAFE_MODULES == set()
    assert names_called(tree) & UNSAFE_CALLS == set()
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    given = {(word.arg, word.value.value) for word in keywords if isinstance(word.value, ast.Constant)}
    assert not given & {("allow_pickle", True), ("shell", True), ("safe_mode", False), ("verify", False)}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_the_workflow_has_read_permissions_and_pins_its_actions(file: Path):
    text = file.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in workflow["jobs"].values())
    uses = re.findall(r"uses: *(\S+)", text)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", use)] == []
    assert "secrets." not in text


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements/*.lock")), ids=lambda path: path.stem)
def test_every_package_is_pinned_with_its_hash(path):
    packages = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
    pinned = [package for package in packages if not package.startswith("#")]
    assert pinned
    assert [package for package in pinned if "==" not in package or "--hash=sha256:" not in package] == []

"""The table says what the committed figures say."""

import json
import subprocess
from pathlib import Path

import pytest

from letterpress.commands import table
from letterpress.infrastructure.errors import UserError

MACHINE = {"cores": 2, "processor": "A"}
USED = {"ensemble": {"members": {"m0": None}}, "pretrain": {"networks": {"vgg_bn": None}}}


def published(of: str, accuracy: dict, reduced: str | None = None) -> dict:
    about = {"evaluated_on": "a test", "compute": None, "source": "somebody", "reduced": reduced}
    return {"accuracy": accuracy, "of": of} | about


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML


def scored(accuracy: float, images: int, **groups: tuple[float, int]) -> dict:
    of_groups = {name: {"accuracy_within": a, "images": n} for name, (a, n) in groups.items()}
    return {"accuracy": accuracy, "images": images} | ({"groups": of_groups} if groups else {})


def commit(root: Path, *options: str) -> None:
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    identity = ["-c", "user.name=n", "-c", "user.email=e"]
    subprocess.run(["git", *identity, "commit", "-qm", "change", *options], cwd=root, check=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one recipe `r` and a default without anything published."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    commit(tmp_path, "--allow-empty")
    write(tmp_path / "params.yaml", {"baseline": None})
    write(tmp_path / "recipes/r/params.yaml", USED | {"baseline": published("member", {"all": 0.9})})
    return tmp_path


def run(root: Path, members: list[dict], ensemble: dict) -> None:
    for i, member in enumerate(members):
        write(root / f"recipes/r/metrics/members/m{i}.json", member)
    write(root / "recipes/r/metrics/ensemble.json", ensemble)
    for stage, seconds in (("fetch", 20), ("train@m0", 60), ("pretrain@vgg_bn", 40), ("train@no_more", 600)):
        write(root / f"recipes/r/metrics/runs/{stage}.json", {"seconds": seconds, "machine": MACHINE})


def row(root: Path, start: str = "| `r`") -> list[str]:
    line = next(line for line in table.render(root).splitlines() if line.startswith(start))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_recipe_judged_out_of_fold(root):
    run(root, [{"validation": scored(0.8, 100)}, {"validation": scored(0.9, 100)}], {"oof": scored(0.95, 180)})
    assert row(root) == [
        "`r`", "0.9000", "0.8500 ± 0.0707 (2)", "", "0.9500", "-0.0500 ± 0.0725", "2", "2 cores, A", "",
    ]  # fmt: skip


def test_the_hold_out_counts_where_there_is_one(root):
    parts = {"validation": scored(0.5, 10), "holdout": scored(0.96, 600)}
    run(root, [parts], {"oof": scored(0.5, 10), "holdout": scored(0.97, 600)})
    assert row(root)[2:6] == ["0.5000", "0.9600", "0.9700", "+0.0600 ± 0.0165"]


def test_what_was_published_of_an_ensemble_is_compared_with_the_ensemble(root):
    write(root / "recipes/r/params.yaml", USED | {"baseline": published("ensemble", {"all": 0.9})})
    run(root, [{"validation": scored(0.5, 25)}], {"oof": scored(0.8, 100)})
    assert row(root)[5] == "-0.1000 ± 0.0801"


def test_a_figure_without_errors_is_not_certain(root):
    run(root, [{"holdout": scored(1.0, 100)}], {"holdout": scored(1.0, 100)})
    assert row(root)[5] == "+0.1000 ± 0.0269"


def test_a_group_has_its_own_line_within_its_classes(root):
    write(root / "recipes/r/params.yaml", USED | {"baseline": published("member", {"a": 0.9, "b": 0.7})})
    parts = {"holdout": scored(0.1, 500, a=(0.95, 100), b=(0.8, 400))}
    run(root, [parts], parts)
    assert row(root, "| `r`, a")[1:6] == ["0.9000", "", "0.9500", "0.9500", "+0.0500 ± 0.0491"]
    assert row(root, "| `r`, b")[1:6] == ["0.7000", "", "0.8000", "0.8000", "+0.1000 ± 0.0400"]


def test_a_group_that_the_data_set_has_not_is_refused(root):
    write(root / "recipes/r/params.yaml", USED | {"baseline": published("member", {"c": 0.9})})
    run(root, [{"holdout": scored(0.5, 10)}], {"holdout": scored(0.5, 10)})
    with pytest.raises(UserError, match=r"published\.accuracy: c is no group of the data set's classes"):
        table.render(root)


def test_a_recipe_that_was_not_run_is_listed_and_said_to_be_so(root):
    assert row(root) == ["`r`", "0.9000", *[""] * 7]
    assert "- `r` has not been run." in table.render(root).splitlines()


def test_a_reduced_recipe_says_what_was_cut(root):
    write(root / "recipes/r/params.yaml", USED | {"baseline": published("member", {"all": 0.9}, "1 of 18")})
    assert "- `r` is reduced: 1 of 18." in table.render(root).splitlines()


def test_a_recipe_that_nothing_judges_is_refused(root):
    run(root, [{}], {"confused": []})
    with pytest.raises(UserError, match="neither hold-out nor validation images judge this recipe"):
        table.render(root)


def test_the_commit_is_that_of_the_figures(root):
    run(root, [{"validation": scored(0.8, 100)}], {"oof": scored(0.8, 100)})
    commit(root)
    show = ["git", "log", "-1", "--format=%h"]
    short = subprocess.run(show, cwd=root, capture_output=True, text=True, check=True).stdout
    write(root / "other", {})
    commit(root)
    assert row(root)[-1] == short.strip()


def test_a_column_for_each_cell(root):
    columns = {line.count("|") for line in table.render(root).splitlines() if line.startswith("|")}
    assert columns == {10}


def test_a_pattern_for_others_is_no_row(root):
    write(root / "recipes/my-letters/params.yaml", {"baseline": None})
    assert "my-letters" not in table.render(root)

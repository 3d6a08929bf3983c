"""The tables of results say what the committed metrics say."""

import argparse
import copy
import json
import shutil
from pathlib import Path

import pytest
import yaml

from letterpress.commands import table
from letterpress.infrastructure.errors import UserError
from tests.clones import commit, run
from tests.imports import ROOT
from tests.tiny_project import write

MACHINE = {"cores": 2, "processor": "A"}
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def write_params(root: Path, of: str, accuracy: dict, reduced: str | None = None, recipe: str = "r") -> None:
    params = copy.deepcopy(PARAMS)
    about = {"evaluated_on": "a test", "compute": None, "source": "somebody", "reduced": reduced}
    params["baseline"] = {"accuracy": accuracy, "of": of} | about
    write(root / f"recipes/{recipe}/params.yaml", yaml.safe_dump(params))


def scores(accuracy: float, n: int, **groups: tuple[float, int]) -> dict:
    of_groups = {name: {"accuracy": 0.1, "accuracy_within": a, "n": n} for name, (a, n) in groups.items()}
    return {"accuracy": accuracy, "n": n} | ({"groups": of_groups} if groups else {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one recipe, r, and a default without a baseline."""
    run(tmp_path, "git", "init", "-q")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    write_params(tmp_path, "member", {"all": 0.9})
    commit(tmp_path)
    return tmp_path


def write_metrics(root: Path, members: list[dict], ensemble: dict, recipe: str = "recipes/r") -> None:
    metrics = root / recipe / "metrics"
    details = ensemble | {"members": {f"m{i}": member for i, member in enumerate(members)}}
    write(metrics / "details.json", json.dumps(details))
    watched = {part: {"accuracy": values["accuracy"]} for part, values in ensemble.items()}
    write(metrics / "ensemble.json", json.dumps(watched))
    for stage, seconds in (("fetch", 20), ("train@m0", 60), ("pretrain@stem_vgg_bn", 40), ("train@no_more", 600)):
        write(metrics / f"runs/{stage}.json", json.dumps({"seconds": seconds, "machine": MACHINE}))


def row(root: Path, title: str = "`r`") -> dict[str, str]:
    return next(row for row in table.collect_rows(root)[0] if row["recipe"] == title)


def test_a_recipe_without_a_holdout_is_measured_out_of_fold(root):
    write_metrics(root, [{"validation": scores(a, 100)} for a in (0.8, 0.9)], {"oof": scores(0.95, 180)})
    assert row(root) == {
        "recipe": "`r`",
        "published": "0.9000",
        "members, validation": "0.8500 ± 0.0707 (2)",
        "members, hold-out": "",
        "ensemble": "0.9500",
        "ours": "0.9500",
        "against published": "-0.0500 ± 0.0725",
        "minutes": "2",
        "machine": "2 cores, A",
        "measured at": "not committed",
    }


def test_the_holdout_counts_if_there_is_one(root):
    parts = {"validation": scores(0.5, 10), "holdout": scores(0.96, 600)}
    write_metrics(root, [parts], {"oof": scores(0.5, 10), "holdout": scores(0.97, 600)})
    cells = ["0.5000", "0.9600", "0.9700", "0.9700", "+0.0600 ± 0.0165"]
    assert list(row(root).values())[2:7] == cells


def test_an_ensembles_published_accuracy_is_compared_with_the_ensemble(root):
    write_params(root, "ensemble", {"all": 0.9})
    write_metrics(root, [{"validation": scores(0.5, 25)}], {"oof": scores(0.8, 100)})
    assert row(root)["against published"] == "-0.1000 ± 0.0801"


def test_an_accuracy_of_1_has_a_standard_error(root):
    write_metrics(root, [{"holdout": scores(1.0, 100)}], {"holdout": scores(1.0, 100)})
    assert row(root)["against published"] == "+0.1000 ± 0.0269"


def test_a_group_has_its_own_row_within_its_classes(root):
    write_params(root, "member", {"a": 0.9, "b": 0.7})
    parts = {"holdout": scores(0.1, 500, a=(0.95, 100), b=(0.8, 400))}
    write_metrics(root, [parts], parts)
    assert list(row(root, "`r`, a").values())[1:7] == ["0.9000", "", "0.9500", "0.9500", "0.9500", "+0.0500 ± 0.0491"]
    assert list(row(root, "`r`, b").values())[1:7] == ["0.7000", "", "0.8000", "0.8000", "0.8000", "+0.1000 ± 0.0400"]


def test_an_unknown_group_and_metrics_without_parts_are_refused(root):
    write_params(root, "member", {"c": 0.9})
    write_metrics(root, [{"holdout": scores(0.5, 10)}], {"holdout": scores(0.5, 10)})
    with pytest.raises(UserError, match=r"baseline\.accuracy: c is not a group of the data set's classes"):
        table.collect_rows(root)
    write_metrics(root, [{}], {})
    with pytest.raises(UserError, match="no images for the hold-out or validation"):
        table.collect_rows(root)


def test_notes_say_what_was_reduced_or_has_not_been_run(root):
    write_params(root, "member", {"all": 0.9}, reduced="1 of 18")
    assert row(root) == {"recipe": "`r`", "published": "0.9000"}
    assert table.collect_rows(root)[1] == ["`r` is reduced: 1 of 18.", "`r` has not been run."]


def test_a_recipe_without_baseline_that_has_not_run_has_no_row(root):
    assert [row["recipe"] for row in table.collect_rows(root)[0]] == ["`r`"]


def test_the_commit_is_that_of_the_figures(root):
    write_metrics(root, [{"validation": scores(0.8, 100)}], {"oof": scores(0.8, 100)})
    commit(root)
    measured = run(root, "git", "log", "-1", "--format=%h").strip()
    metrics = root / "recipes/r/metrics/ensemble.json"
    metrics.write_text(metrics.read_text() + "\n")
    commit(root)
    assert row(root)["measured at"] == measured


def test_each_document_has_its_columns_and_recipes(root, monkeypatch, capsys):
    write_metrics(root, [{"validation": scores(0.8, 100)}], {"oof": scores(0.8, 100)}, recipe=".")
    for name in table.HEADERS:
        write(root / name, f"before\n{table.START}old\n{table.END}after\n")
    monkeypatch.setattr(table.projects, "ROOT", root)
    table.run(argparse.Namespace())
    readme, results = ((root / name).read_text().splitlines() for name in ("README.md", "docs/results.md"))
    assert [line.split(" ")[1] for line in readme[4:-2]] == ["`default`"]
    assert [line.split(" ")[1] for line in results[4:6]] == ["`default`", "`r`"]
    assert {line.count("|") for line in readme[2:-2]} == {5}
    assert {line.count("|") for line in results[2:6]} == {10}
    assert results[6:] == ["", "- `r` has not been run.", table.END.strip(), "after"]
    assert capsys.readouterr().out.count("up to date") == 2

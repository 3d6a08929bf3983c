"""What the page says of the run itself: recipe, commit, networks, time and hardware.

It differs from run to run, so it is in the page and not in report/contents.json.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from letterpress.configuration.ensemble import MemberConfig
from letterpress.infrastructure import git, hardware, projects
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.same_code import CODE
from letterpress.storage.exported_model import exported_model

AFTER_THE_PAGE = ("report", "submit")  # stages whose last run is not of this page's


@dataclass(frozen=True)
class Overview:
    """The facts of a run.

    commit: short hash, None outside a repository; changed: whether code or
    parameters differ from it. base_accuracy: of the same part at that commit,
    or None. networks: as `3 x vgg_bn (width 32)`. runs: metadata by stage, in
    the DAG's order, of the stages that ran on this machine; elsewhere: names
    of the others. exported: the name of the ONNX file, or None.
    """

    recipe: str
    commit: str | None
    changed: bool
    base_accuracy: float | None
    networks: list[str]
    runs: dict[str, dict]
    elsewhere: list[str]
    exported: str | None

    @property
    def minutes(self) -> float:
        """Return the time of the shown stages."""
        return sum(run["seconds"] for run in self.runs.values()) / 60

    @property
    def machine(self) -> dict | None:
        """Return the hardware and the versions of the last shown stage."""
        return next(reversed(self.runs.values()))["machine"] if self.runs else None


def collect_overview(members: dict[str, MemberConfig], runs: dict[str, dict], part: str | None) -> Overview:
    """Collect the facts of the run in the current folder.

    members: of params.yaml. runs: metadata by stage. part: the part of the
    images whose accuracy counts, as holdout.
    """
    commit = git.head_commit(Path())
    changed = commit is not None and bool(
        git.uncommitted(Path(), "params.yaml") or git.uncommitted(projects.ROOT, *CODE)
    )
    exported = exported_model(Path())
    here, elsewhere = select_runs(runs, hardware.describe_hardware(), _stage_order())
    return Overview(
        recipe=projects.name_of(Path.cwd()),
        commit=commit and commit[:7],
        changed=changed,
        base_accuracy=_accuracy_at(commit, part),
        networks=describe_networks(members),
        runs=here,
        elsewhere=elsewhere,
        exported=exported and exported.name,
    )


def select_runs(runs: dict[str, dict], machine: dict, order: list[str]) -> tuple[dict[str, dict], list[str]]:
    """Return the runs on this machine, by the DAG's order, and the names of stages that ran on another.

    A clone has the metadata of other machines' runs, and keeps them for stages that its cache restores.
    """
    ordered = sorted(runs, key=lambda stage: order.index(name) if (name := stage.partition("@")[0]) in order else -1)
    shown = [stage for stage in ordered if stage not in AFTER_THE_PAGE]
    here = {stage: runs[stage] for stage in shown if _same_machine(runs[stage]["machine"], machine)}
    return here, [stage for stage in shown if stage not in here]


def describe_networks(members: dict[str, MemberConfig]) -> list[str]:
    """Return each network with its kwargs, and how many members have it."""
    counts = Counter(
        f"{member.network} ({', '.join(f'{name} {value}' for name, value in member.kwargs.items())})".replace(
            " ()", ""
        )
        for member in members.values()
    )
    return [f"{n} × {network}" for network, n in counts.items()]


def _same_machine(one: dict, other: dict) -> bool:
    """Compare the hardware, whatever the packages' versions."""
    return all(one.get(key) == value for key, value in other.items() if key != "versions")


def _stage_order() -> list[str]:
    dag = Path("dvc.yaml")
    return list(yaml.safe_load(dag.read_text(encoding="utf-8"))["stages"]) if dag.exists() else []


def _accuracy_at(commit: str | None, part: str | None) -> float | None:
    try:
        text = None if commit is None or part is None else git.text_at(commit, "metrics/ensemble.json", Path())
        return None if text is None else json.loads(text)[part]["accuracy"]
    except (UserError, ValueError, KeyError, TypeError):
        return None

"""metrics/runs/<stage>.json: seconds, speed, memory and hardware of each stage's last run.

They differ from run to run; so they are in git, but are no output of a stage
and in no hash. The report and the tables read them from there.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from letterpress.infrastructure.files import write_json

RUNS = Path("metrics/runs")


def write_run(stage: str, content: dict) -> None:
    """Write the metadata of a stage's run; `stage` is DVC's name of it, as train@m0."""
    write_json(RUNS / f"{stage}.json", content)


def read_runs(keys: Iterable[str], folder: Path = RUNS) -> dict[str, dict]:
    """Return the metadata by stage; of stages per member or network only those with one of the keys."""
    known = {"", *keys}
    files = [file for file in sorted(folder.glob("*.json")) if file.stem.partition("@")[2] in known]
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
